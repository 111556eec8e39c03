using System.Text.Json.Nodes;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.RealAgents;

/// <summary>Real agents spend more than they may, and meet the limits of their service.</summary>
[Collection(RealAgentsOverMcp.Name)]
public sealed class BoundsTests(ModelServer server)
{
    /// <summary>Each request to the model is 1,230 or 1,280 tokens, by how its protocol counts.</summary>
    private const long TokensOfFourTurns = 4 * 1280;

    [Theory(Timeout = 240_000)]
    [InlineData("claude")]
    [InlineData("qwen")]
    [InlineData("opencode")]
    public async Task A_run_that_spends_its_tokens_is_interrupted_and_somebody_is_asked(string agent)
    {
        using var home = Home([agent], []);
        string worker = await AgentScene.SpawnAsync(home, agent);
        var running = AgentScene.RunAsync(home, "workers", "execute", worker, "--budget-tokens", "3000", "-p", "[[loop:30:sleep 0.5]] go", "--json");
        var request = await AgentScene.PendingAsync(home, running);
        Assert.Equal("budget", (string?)request["kind"]);
        Assert.Contains("3000 tokens", (string?)request["text"], StringComparison.Ordinal);

        var denied = await AgentScene.RunAsync(home, "requests", "deny", (string)request["request_id"]!);
        Assert.True(denied.ExitCode == 0, denied.ToString());
        var end = await running;
        var result = AgentScene.ResultOf(end);
        Assert.True(((string?)result["status"], result.Outcome(), end.ExitCode) == ("failed", "budget_exceeded", 1), result.Shown());
        Assert.InRange((long)result["metadata"]!["spent"]!["tokens"]!, 3000, 3000 + TokensOfFourTurns);
        result.AssertNothingLeft();
    }

    [Fact(Timeout = 240_000)]
    public async Task An_agent_that_tells_its_tokens_at_the_end_overshoots_by_one_run_and_says_so()
    {
        using var home = Home(["codex"], new() { ["budgets"] = new JsonObject { ["day"] = new JsonObject { ["tokens"] = 1000 } } });
        string worker = await AgentScene.SpawnAsync(home, "codex");
        var first = AgentScene.ResultOf(await AgentScene.RunAsync(home, "workers", "execute", worker, "-p", "[[text]] go", "--json"));
        Assert.True((string?)first["status"] == "completed", first.Shown());
        Assert.Contains("overshoot", first["metadata"]!["warnings"]!.ToJsonString(), StringComparison.Ordinal);

        var second = await AgentScene.RunAsync(home, "workers", "execute", worker, "-p", "[[text]] go", "--json");
        Assert.Equal(2, second.ExitCode);
        Assert.Contains("The day's budget", second.Stderr, StringComparison.Ordinal);
    }

    [Fact(Timeout = 240_000)]
    public async Task A_service_that_gives_no_more_holds_the_pool_of_each_agent()
    {
        string[] agents = ["claude", "qwen", "codex"];
        using var home = Home(agents, new() { ["quota"] = new JsonObject { ["patience_seconds"] = 10 } });
        string[] workers = await Task.WhenAll(agents.Select(agent => AgentScene.SpawnAsync(home, agent)));
        var ends = await Task.WhenAll(workers.Select(worker => AgentScene.RunAsync(home, "workers", "execute", worker, "-T", "120", "-p", "[[http:429]] go", "--json")));
        Assert.All(ends.Select(AgentScene.ResultOf), result => Assert.True(((string?)result["status"], result.Reason()) == ("failed", "rate_limited"), result.Shown()));

        var health = JsonNode.Parse((await AgentScene.RunAsync(home, "workers", "health", "--json")).Stdout)!;
        Assert.Equal(3, health["held_pools"]!.AsArray().Count);
        await AgentScene.RunAsync(home, "workers", "execute", workers[1], "-p", "[[text]] go", "--no-wait");
        Assert.Contains("quota of terminal-qwen#", (await AgentScene.RunAsync(home, "workers", "list", "--json")).Stdout, StringComparison.Ordinal);
        var cancelled = await AgentScene.RunAsync(home, "workers", "cancel", workers[1]);
        Assert.True(cancelled.ExitCode == 0, cancelled.ToString());
    }

    private ProductHome Home(IEnumerable<string> agents, JsonObject settings)
    {
        var home = new ProductHome();
        home.WriteWorkerTypes([.. agents.Select(agent =>
        {
            Needs.Installed(RealAgent.Of(agent));
            return RealAgent.Of(agent).Types(home, server.Url).First();
        })]);
        home.WriteHostSettings(settings);
        return home;
    }
}
