using System.Text.Json.Nodes;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.RealAgents;

/// <summary>Tasks done by real AI CLIs, each attempt in a worktree, driven by the command line.</summary>
[Collection(RealAgentsOverMcp.Name)]
public sealed class QueueTests(ModelServer server)
{
    private static readonly TimeSpan CommandLimit = TimeSpan.FromSeconds(150);

    [Fact(Timeout = 240_000)]
    public async Task A_docs_task_and_one_whose_check_fails_at_first_are_done_by_claude_and_qwen()
    {
        RealAgent[] agents = [RealAgent.Of("claude"), RealAgent.Of("qwen")];
        foreach (var agent in agents)
        {
            Needs.Installed(agent);
        }

        using var home = new ProductHome();
        home.WriteEcosystem(
            agents.SelectMany(agent => agent.Types(home, server.Url)),
            [new() { ["name"] = "bugfix", ["retry"] = new JsonObject { ["max_attempts"] = 3, ["workspace"] = "same" } }]);
        await MakeRepositoryAsync(home);
        await File.WriteAllTextAsync(Path.Combine(home.Work, "tasks.json"), Tasks(agents).ToJsonString(), TestContext.Current.CancellationToken);

        var added = await ProductInside.RunAsync(home, CommandLimit, "tasks", "add", "--file", "tasks.json");
        var waited = await ProductInside.RunAsync(home, CommandLimit, ["tasks", "wait", "-T", "120", "--json", .. Lines(added.Stdout)]);
        var shown = new List<JsonObject>();
        foreach (string id in Lines(added.Stdout))
        {
            shown.Add(JsonNode.Parse((await ProductInside.RunAsync(home, CommandLimit, "tasks", "show", id, "--json")).Stdout)!.AsObject());
        }

        Assert.True(waited.ExitCode == 0, $"{waited}\n{added}");
        Assert.All(shown, task => Assert.Equal("completed", (string)task["status"]!));
        foreach (var (docs, fix) in new[] { (shown[0], shown[1]), (shown[2], shown[3]) })
        {
            Assert.Equal(["completed"], Outcomes(docs));
            Assert.Equal(["README.md"], Changed(docs));
            Assert.Equal(["failed verification_failed", "completed"], Outcomes(fix));
            Assert.Equal(["fix.txt"], Changed(fix));
            Assert.Equal(2, fix["attempts"]!.AsArray().Select(attempt => (string)attempt!["run_id"]!).Distinct().Count());
        }

        Assert.Equal("# A project\n", await File.ReadAllTextAsync(Path.Combine(home.Work, "README.md"), TestContext.Current.CancellationToken));
        Assert.False(File.Exists(Path.Combine(home.Work, "fix.txt")));
    }

    /// <summary>For each agent a docs task, and one that has done enough only at its second attempt.</summary>
    private static JsonArray Tasks(IEnumerable<RealAgent> agents) =>
    [
        .. agents.SelectMany(agent => new JsonNode[]
        {
            new JsonObject
            {
                ["role"] = "docs",
                ["worker_type"] = agent.WorkerType,
                ["permission"] = "full",
                ["workspace"] = "worktree",
                ["prompt"] = "[[bash:echo More of it. >>README.md]] go",
                ["verify"] = new JsonArray("grep -q 'More of it' README.md"),
            },
            new JsonObject
            {
                ["role"] = "bugfix",
                ["worker_type"] = agent.WorkerType,
                ["permission"] = "full",
                ["workspace"] = "worktree",
                ["prompt"] = "[[bash:echo fixed >>fix.txt]] go",
                ["verify"] = new JsonArray("test \"$(wc -l <fix.txt)\" -eq 2"),
            },
        }),
    ];

    private static IEnumerable<string> Outcomes(JsonObject task) =>
        task["attempts"]!.AsArray().Select(attempt => $"{attempt!["outcome"]} {attempt["cause"]}".TrimEnd());

    private static IEnumerable<string> Changed(JsonObject task) =>
        task["result"]!["metadata"]!["evidence"]!["changes"]!["files"]!.AsArray().Select(file => (string)file!["path"]!);

    private static string[] Lines(string output) => output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static async Task MakeRepositoryAsync(ProductHome home)
    {
        await GitAsync(home, "init", "--quiet", "--initial-branch=main");
        await GitAsync(home, "config", "user.name", "Someone");
        await GitAsync(home, "config", "user.email", "someone@example.invalid");
        await File.WriteAllTextAsync(Path.Combine(home.Work, "README.md"), "# A project\n", TestContext.Current.CancellationToken);
        await GitAsync(home, "add", "--all");
        await GitAsync(home, "commit", "--quiet", "--message=First");
    }

    private static async Task GitAsync(ProductHome home, params string[] arguments)
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
    }
}
