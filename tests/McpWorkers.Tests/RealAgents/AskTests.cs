using System.Text.Json.Nodes;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.RealAgents;

/// <summary>claude and qwen ask through the daemon, and are answered by the command line: another process than the one that waits for their result.</summary>
[Collection(RealAgentsOverMcp.Name)]
public sealed class AskTests(ModelServer server)
{
    private const string Touch = "[[bash:touch made.txt; echo made-it]] go";

    [Theory(Timeout = 240_000)]
    [InlineData("claude", "Bash", true)]
    [InlineData("claude", "Bash", false)]
    [InlineData("qwen", "run_shell_command", true)]
    [InlineData("qwen", "run_shell_command", false)]
    public async Task A_permission_is_asked_for_and_holds_or_is_denied(string agent, string tool, bool allows)
    {
        using var home = Home(agent, []);
        string worker = await AgentScene.SpawnAsync(home, agent);
        var running = AgentScene.RunAsync(home, "workers", "execute", worker, "-p", Touch, "--json");
        var request = await AgentScene.PendingAsync(home, running);

        Assert.Equal(("permission", tool, worker), ((string?)request["kind"], (string?)request["tool"], (string?)request["worker_id"]));
        Assert.Contains("touch made.txt", request["input"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(home.Work, "made.txt")));
        Assert.Contains((string)request["request_id"]!, (await AgentScene.RunAsync(home, "workers", "list")).Stdout, StringComparison.Ordinal);
        var decided = await AgentScene.RunAsync(home, "requests", allows ? "allow" : "deny", (string)request["request_id"]!);
        Assert.True(decided.ExitCode == 0, decided.ToString());

        var result = AgentScene.ResultOf(await running);
        Assert.Equal("completed", (string?)result["status"]);
        Assert.Equal(allows ? "completed" : "completed_with_denials", (string?)result["metadata"]!["outcome"]);
        Assert.Equal(allows, File.Exists(Path.Combine(home.Work, "made.txt")));
        Assert.Equal(allows ? null : tool, (string?)result["metadata"]!["denied_tools"]?.AsArray().FirstOrDefault());
    }

    [Theory(Timeout = 240_000)]
    [InlineData("claude")]
    [InlineData("qwen")]
    public async Task A_question_is_answered_over_a_daemon_that_was_killed_meanwhile(string agent)
    {
        using var home = Home(agent, []);
        string worker = await AgentScene.SpawnAsync(home, agent);
        string prompt = """[[call:mcp__mcpworkers__ask_controller:{"question":"Which colour?","options":["blue","red"]}]] go""";
        var submitted = await AgentScene.RunAsync(home, "workers", "execute", worker, "-p", prompt, "--json", "--no-wait");
        Assert.True(submitted.ExitCode == 0, submitted.ToString());
        var before = await AgentScene.PendingAsync(home);

        ProductDaemon.Kill(home);
        var request = await AgentScene.PendingAsync(home);

        Assert.Equal((string?)before["request_id"], (string?)request["request_id"]);
        Assert.Equal(("question", "Which colour?"), ((string?)request["kind"], (string?)request["text"]));
        var answered = await AgentScene.RunAsync(home, "requests", "answer", (string)request["request_id"]!, "blue");
        Assert.True(answered.ExitCode == 0, answered.ToString());
        var result = await AgentScene.ResultAsync(home, worker);
        Assert.Equal("completed", (string?)result["metadata"]!["outcome"]);
        Assert.Contains("blue", (string?)result["output"], StringComparison.Ordinal);
    }

    [Theory(Timeout = 240_000)]
    [InlineData("claude")]
    [InlineData("qwen")]
    public async Task An_answer_that_comes_later_than_a_call_is_held_begins_another_run_of_the_session(string agent)
    {
        using var home = Home(agent, new() { ["requests"] = new JsonObject { ["hold_seconds"] = 2 } });
        string worker = await AgentScene.SpawnAsync(home, agent);
        string prompt = """[[call:mcp__mcpworkers__ask_controller:{"question":"Which colour?"}]] go""";
        var running = AgentScene.RunAsync(home, "workers", "execute", worker, "-p", prompt, "--json");
        var request = await AgentScene.PendingAsync(home, running);
        await AgentScene.UntilAsync(async () => (int)JsonNode.Parse((await AgentScene.RunAsync(home, "workers", "health", "--json")).Stdout)!["runs_active"]! == 0);
        var list = await AgentScene.RunAsync(home, "workers", "list", "--json");
        Assert.Contains("\"running\"", list.Stdout, StringComparison.Ordinal);

        await AgentScene.RunAsync(home, "requests", "answer", (string)request["request_id"]!, "[[think]] blue");

        var result = AgentScene.ResultOf(await running);
        Assert.Equal("completed", (string?)result["metadata"]!["outcome"]);
        Assert.NotNull((string?)result["metadata"]!["continues"]);
        Assert.Equal("REPLY with thinking", (string?)result["output"]);
    }

    [Theory(Timeout = 240_000)]
    [InlineData("claude")]
    [InlineData("qwen")]
    public async Task Leave_that_comes_later_than_a_call_is_held_is_good_for_the_same_call_in_the_next_run(string agent)
    {
        using var home = Home(agent, new() { ["requests"] = new JsonObject { ["hold_seconds"] = 2 } });
        string worker = await AgentScene.SpawnAsync(home, agent);
        var running = AgentScene.RunAsync(home, "workers", "execute", worker, "-p", Touch, "--json");
        var request = await AgentScene.PendingAsync(home, running);
        await AgentScene.UntilAsync(async () => (int)JsonNode.Parse((await AgentScene.RunAsync(home, "workers", "health", "--json")).Stdout)!["runs_active"]! == 0);
        Assert.False(File.Exists(Path.Combine(home.Work, "made.txt")));

        var allowed = await AgentScene.RunAsync(home, "requests", "allow", (string)request["request_id"]!, "--note", Touch);

        Assert.True(allowed.ExitCode == 0, allowed.ToString());
        var result = AgentScene.ResultOf(await running);
        Assert.True(result.Outcome() == "completed", result.Shown());
        Assert.NotNull((string?)result["metadata"]!["continues"]);
        Assert.True(File.Exists(Path.Combine(home.Work, "made.txt")), result.Shown());
        Assert.Empty(JsonNode.Parse((await AgentScene.RunAsync(home, "requests", "list", "--json")).Stdout)!["requests"]!.AsArray());
    }

    private ProductHome Home(string agent, JsonObject settings)
    {
        var real = RealAgent.Of(agent);
        Needs.Installed(real);
        var home = new ProductHome();
        var type = real.Types(home, server.Url).First();
        type["permission"] = "ask";
        type["questions"] = true;
        home.WriteWorkerTypes(type);
        home.WriteHostSettings(settings);
        return home;
    }
}
