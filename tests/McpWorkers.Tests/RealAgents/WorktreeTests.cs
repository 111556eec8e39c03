using System.Text.Json.Nodes;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.RealAgents;

/// <summary>Two real AI CLIs change the same repository, each in a worktree of its own, driven over MCP.</summary>
[Collection(RealAgentsOverMcp.Name)]
public sealed class WorktreeTests(ModelServer server)
{
    private const int RunLimitSeconds = 90;

    [Fact(Timeout = 240_000)]
    public async Task Two_agents_edit_the_same_repository_and_their_work_is_forecast_and_merged()
    {
        var claude = RealAgent.Of("claude");
        var qwen = RealAgent.Of("qwen");
        Needs.Installed(claude);
        Needs.Installed(qwen);
        using var home = new ProductHome();
        home.WriteWorkerTypes([.. claude.Types(home, server.Url), .. qwen.Types(home, server.Url)]);
        await GitAsync(home, "init", "--quiet", "--initial-branch=main");
        await GitAsync(home, "config", "user.name", "Someone");
        await GitAsync(home, "config", "user.email", "someone@example.invalid");
        await File.WriteAllTextAsync(Path.Combine(home.Work, "shared.txt"), "first line\n", TestContext.Current.CancellationToken);
        await GitAsync(home, "add", "--all");
        await GitAsync(home, "commit", "--quiet", "--message=First");

        await using var mcp = await ProductMcp.StartAsync(home, "--tools", "workers,workspaces");
        string[] ids = [await SpawnAsync(mcp, claude), await SpawnAsync(mcp, qwen)];
        var results = await mcp.BatchAsync(
            ids,
            ["[[bash:echo by claude >>shared.txt; echo one >claude.txt]] go", "[[bash:echo by qwen >>shared.txt; echo two >qwen.txt]] go"],
            RunLimitSeconds);

        Assert.Equal(["claude.txt", "shared.txt"], Changed(results[0]));
        Assert.Equal(["qwen.txt", "shared.txt"], Changed(results[1]));
        Assert.Equal("first line\n", await File.ReadAllTextAsync(Path.Combine(home.Work, "shared.txt"), TestContext.Current.CancellationToken));

        var seen = (await mcp.CallAsync("workspace_list", ("forecast", true))).AsArray();
        Assert.Equal(ids, seen.Select(workspace => workspace!["worker_id"]!.GetValue<string>()));
        Assert.All(seen, workspace => Assert.Contains("shared.txt", workspace!.ToJsonString(), StringComparison.Ordinal));

        var merged = (await mcp.CallAsync("workspace_merge", ("worker_ids", ids))).AsArray();
        Assert.Equal(["merged", "conflict"], merged.Select(merge => merge!["status"]!.GetValue<string>()));
        Assert.Equal("shared.txt", merged[1]!["files"]!.AsArray().Single()!.GetValue<string>());
        Assert.Equal("first line\nby claude\n", await File.ReadAllTextAsync(Path.Combine(home.Work, "shared.txt"), TestContext.Current.CancellationToken));
        Assert.False(File.Exists(Path.Combine(home.Work, "qwen.txt")));
        Assert.Equal("", await GitAsync(home, "status", "--porcelain"));
    }

    private static async Task<string> SpawnAsync(ProductMcp mcp, RealAgent agent) =>
        (await mcp.CallAsync("worker_spawn", ("worker_type", agent.WorkerType), ("workspace", "worktree"))).AsArray().Single()!.GetValue<string>();

    private static IEnumerable<string> Changed(JsonObject result)
    {
        Assert.Equal("completed", result["status"]!.GetValue<string>());
        return result["metadata"]!["evidence"]!["changes"]!["files"]!.AsArray().Select(file => file!["path"]!.GetValue<string>());
    }

    private static async Task<string> GitAsync(ProductHome home, params string[] arguments)
    {
        string? git = ExecutableFinder.Find("git");
        if (git is null)
        {
            Needs.Missing("There is no git on the PATH.");
        }

        var said = await CommandRunner.RunAsync(
            new CommandSpec { Executable = git!, Arguments = arguments, WorkingDirectory = home.Work, Environment = home.Environment },
            TestContext.Current.CancellationToken);
        Assert.True(said.ExitCode == 0, said.Stderr);
        return System.Text.Encoding.UTF8.GetString(said.Stdout.Span);
    }
}
