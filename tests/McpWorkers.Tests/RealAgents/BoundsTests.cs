using System.Text.Json.Nodes;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.RealAgents;

/// <summary>Real agents spend more than they may.</summary>
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
    public async Task A_yes_lets_the_session_go_on_with_as_much_again()
    {
        using var home = Home(["claude"], []);
        string worker = await AgentScene.SpawnAsync(home, "claude");
        var running = AgentScene.RunAsync(home, "workers", "execute", worker, "--budget-tokens", "3000", "-p", "[[loop:30:sleep 0.5]] go", "--json");
        var request = await AgentScene.PendingAsync(home, running);

        var allowed = await AgentScene.RunAsync(home, "requests", "allow", (string)request["request_id"]!, "--note", "[[text]]");

        Assert.True(allowed.ExitCode == 0, allowed.ToString());
        var result = AgentScene.ResultOf(await running);
        Assert.True(((string?)result["status"], result.Outcome()) == ("completed", "completed"), result.Shown());
        Assert.Equal((string?)request["run_id"], (string?)result["metadata"]!["continues"]);
        Assert.InRange((long)result["metadata"]!["spent"]!["tokens"]!, 1000, 3000);
        result.AssertNothingLeft();
    }

    /// <summary>claude by its own flag, qwen by the table of prices, by turns, and by time: all at once, and each is interrupted.</summary>
    [Fact(Timeout = 240_000)]
    public async Task Usd_turns_and_minutes_bound_real_agents()
    {
        (string Agent, string Measure, decimal Amount, decimal Most)[] cases =
            [("claude", "usd", 0.007m, 0.05m), ("qwen", "usd", 0.01m, 0.05m), ("qwen", "turns", 3, 10), ("claude", "minutes", 0.1m, 0.6m)];
        using var home = Home(["claude", "qwen"], new()
        {
            ["prices"] = new JsonArray(new JsonObject { ["name"] = "*", ["input"] = 3, ["output"] = 15 }),
        });
        string[] workers = await Task.WhenAll(cases.Select(each => AgentScene.SpawnAsync(home, each.Agent)));
        var running = cases.Zip(workers, (each, worker) => AgentScene.RunAsync(
            home, "workers", "execute", worker, "--budget-" + each.Measure, Shown(each.Amount), "-p", "[[loop:40:sleep 0.5]] go", "--json")).ToList();
        var asked = (await AgentScene.PendingAsync(home, cases.Length)).ToDictionary(request => (string)request["worker_id"]!);
        foreach (var ((_, measure, amount, _), worker) in cases.Zip(workers))
        {
            Assert.Equal("budget", (string?)asked[worker]["kind"]);
            Assert.Contains($"of {Shown(amount)} {(measure == "usd" ? "USD" : measure)} spent", (string?)asked[worker]["text"], StringComparison.Ordinal);
            var denied = await AgentScene.RunAsync(home, "requests", "deny", (string)asked[worker]["request_id"]!);
            Assert.True(denied.ExitCode == 0, denied.ToString());
        }

        foreach (var (each, end) in cases.Zip(await Task.WhenAll(running)))
        {
            var result = AgentScene.ResultOf(end);
            Assert.True(((string?)result["status"], result.Outcome(), end.ExitCode) == ("failed", "budget_exceeded", 1), result.Shown());
            var spent = result["metadata"]!["spent"]!;
            Assert.InRange((decimal)spent[each.Measure]!, each.Amount, each.Most);
            Assert.True((bool?)spent["is_estimate"] == (each.Agent == "qwen"), result.Shown());
        }

        static string Shown(decimal amount) => amount.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>What each agent can be bound by while it runs, beside the tests above; the time bounds all of them.</summary>
    [Theory(Timeout = 240_000)]
    [InlineData("codex:minutes", "gemini:minutes", "copilot:minutes")]
    [InlineData("opencode:minutes")]
    [InlineData("opencode:turns")]
    [InlineData("claude:turns")]
    public async Task Time_and_turns_bound_each_real_agent(params string[] cases)
    {
        var bounds = cases.Select(each => each.Split(':')).Select(each => (Agent: each[0], Measure: each[1], Amount: each[1] == "turns" ? "3" : "0.15")).ToList();
        using var home = Home(bounds.Select(bound => bound.Agent).Distinct(), []);
        string[] workers = await Task.WhenAll(bounds.Select(bound => AgentScene.SpawnAsync(home, bound.Agent)));
        var running = bounds.Zip(workers, (bound, worker) => AgentScene.RunAsync(
            home, "workers", "execute", worker, "--budget-" + bound.Measure, bound.Amount, "-p", "[[loop:60:sleep 0.5]] go", "--json")).ToList();
        var asked = (await AgentScene.PendingAsync(home, bounds.Count)).ToDictionary(request => (string)request["worker_id"]!);
        foreach (var (bound, worker) in bounds.Zip(workers))
        {
            Assert.Contains($"of {bound.Amount} {bound.Measure} spent", (string?)asked[worker]["text"], StringComparison.Ordinal);
            var denied = await AgentScene.RunAsync(home, "requests", "deny", (string)asked[worker]["request_id"]!);
            Assert.True(denied.ExitCode == 0, denied.ToString());
        }

        foreach (var end in await Task.WhenAll(running))
        {
            var result = AgentScene.ResultOf(end);
            Assert.True(((string?)result["status"], result.Outcome(), end.ExitCode) == ("failed", "budget_exceeded", 1), result.Shown());
        }
    }

    [Fact(Timeout = 240_000)]
    public async Task The_budgets_of_a_task_and_of_a_pool_bound_real_agents()
    {
        using var home = Home(["claude", "qwen"], [], type =>
        {
            if ((string?)type["agent"] == "claude")
            {
                type["pool_budget"] = new JsonObject { ["tokens"] = 3000 };
            }
        });
        const string Prompt = "[[loop:40:sleep 0.5]] go";
        var task = new JsonObject
        {
            ["prompt"] = Prompt,
            ["key"] = "spends",
            ["worker_type"] = "terminal-qwen",
            ["permission"] = "full",
            ["budget"] = new JsonObject { ["tokens"] = 3000 },
        };
        await File.WriteAllTextAsync(Path.Combine(home.Work, "tasks.json"), new JsonArray(task).ToJsonString(), TestContext.Current.CancellationToken);
        var added = await AgentScene.RunAsync(home, "tasks", "add", "--file", "tasks.json");
        Assert.True(added.ExitCode == 0, added.ToString());
        string worker = await AgentScene.SpawnAsync(home, "claude");
        var running = AgentScene.RunAsync(home, "workers", "execute", worker, "-p", Prompt, "--json");
        var asked = await AgentScene.PendingAsync(home, 2);
        Assert.Single(asked, request => ((string)request["text"]!).StartsWith("The budget of task '", StringComparison.Ordinal));
        Assert.Single(asked, request => ((string)request["text"]!).StartsWith("The day's budget of pool 'terminal-claude#", StringComparison.Ordinal));
        foreach (var request in asked)
        {
            var denied = await AgentScene.RunAsync(home, "requests", "deny", (string)request["request_id"]!);
            Assert.True(denied.ExitCode == 0, denied.ToString());
        }

        Assert.Equal("budget_exceeded", AgentScene.ResultOf(await running).Outcome());
        var second = await AgentScene.RunAsync(home, "workers", "execute", worker, "-p", "[[text]] go", "--json");
        Assert.Equal(2, second.ExitCode);
        Assert.Contains("The day's budget of pool", second.Stderr, StringComparison.Ordinal);
        await AgentScene.RunAsync(home, "tasks", "wait", "spends", "-T", "60");
        var shown = JsonNode.Parse((await AgentScene.RunAsync(home, "tasks", "show", "spends", "--json")).Stdout)!;
        var attempt = Assert.Single(shown["attempts"]!.AsArray())!;
        Assert.Equal(("failed", "failed", "agent_limit"), ((string?)shown["status"], (string?)attempt["outcome"], (string?)attempt["cause"]));
    }

    [Fact(Timeout = 240_000)]
    public async Task What_an_agent_cannot_do_is_refused_when_it_is_spawned()
    {
        string[] agents = ["gemini", "copilot", "grok"];
        using var home = Home(agents, []);
        await Task.WhenAll(
        [
            .. agents.Select(agent => RefusedAsync(agent, "cannot ask while it runs", "--permission", "ask")),
            RefusedAsync("grok", "never says what it uses", "--budget-tokens", "1000"),
            RefusedAsync("grok", "never says what it uses", "--budget-usd", "1"),
            RefusedAsync("gemini", "never says what it costs", "--budget-usd", "1"),
            RefusedAsync("copilot", "never says what it costs", "--budget-usd", "1"),
        ]);

        async Task RefusedAsync(string agent, string why, params string[] options)
        {
            var refused = await AgentScene.RunAsync(home, ["workers", "spawn", "--type", "terminal-" + agent, .. options]);
            Assert.True((refused.ExitCode, refused.Stdout) == (2, ""), refused.ToString());
            Assert.Contains(why, refused.Stderr, StringComparison.Ordinal);
        }
    }

    [Theory(Timeout = 240_000)]
    [InlineData("codex")]
    [InlineData("gemini")]
    [InlineData("copilot")]
    public async Task An_agent_that_tells_its_tokens_at_the_end_overshoots_by_one_run_and_says_so(string agent)
    {
        using var home = Home([agent], new() { ["budgets"] = new JsonObject { ["day"] = new JsonObject { ["tokens"] = 1000 } } });
        string worker = await AgentScene.SpawnAsync(home, agent);
        var first = AgentScene.ResultOf(await AgentScene.RunAsync(home, "workers", "execute", worker, "-p", "[[text]] go", "--json"));
        Assert.True((string?)first["status"] == "completed", first.Shown());
        Assert.Contains("overshoot", first["metadata"]!["warnings"]!.ToJsonString(), StringComparison.Ordinal);

        var second = await AgentScene.RunAsync(home, "workers", "execute", worker, "-p", "[[text]] go", "--json");
        Assert.Equal(2, second.ExitCode);
        Assert.Contains("The day's budget", second.Stderr, StringComparison.Ordinal);
    }

    private ProductHome Home(IEnumerable<string> agents, JsonObject settings, Action<JsonObject>? change = null)
    {
        var home = new ProductHome();
        home.WriteWorkerTypes([.. agents.Select(agent =>
        {
            Needs.Installed(RealAgent.Of(agent));
            var type = RealAgent.Of(agent).Types(home, server.Url).First();
            change?.Invoke(type);
            return type;
        })]);
        home.WriteHostSettings(settings);
        return home;
    }
}
