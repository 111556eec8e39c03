using System.Text.Json.Nodes;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.RealAgents;

/// <summary>Real agents for which time passes: until their service gives something again, or until somebody answers.</summary>
[Collection(RealAgentsWaiting.Name)]
public sealed class WaitingTests(ModelServer server)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>claude tells by itself when its plan gives something again. A direct prompt and a task wait for that; the daemon dies meanwhile.</summary>
    [Fact(Timeout = 240_000)]
    public async Task A_limit_that_ends_in_20_seconds_is_waited_for_over_a_crash_and_what_waited_is_done_once()
    {
        const string Prompt = "[[limited:20:over-a-crash]] go";
        using var home = new ProductHome();
        Needs.Installed(RealAgent.Of("claude"));
        home.WriteWorkerTypes(AgentScene.AsSubscriber(RealAgent.Of("claude").Types(home, server.Url).First()));
        string worker = await AgentScene.SpawnAsync(home, "claude");
        var first = AgentScene.ResultOf(await AgentScene.RunAsync(home, "workers", "execute", worker, "-p", Prompt, "--json"));
        Assert.True(((string?)first["status"], first.Reason()) == ("failed", "rate_limited"), first.Shown());
        var held = Assert.Single(await AgentScene.HeldAsync(home))!;
        Assert.Equal(("open", true), ((string?)held["state"], (bool)held["stated"]!));
        var until = At(held["until"]);
        Assert.InRange((until - At(held["since"])).TotalSeconds, 15, 22.5);

        var submitted = await AgentScene.RunAsync(home, "workers", "execute", worker, "-p", Prompt, "--no-wait");
        Assert.True(submitted.ExitCode == 0, submitted.ToString());
        var task = new JsonObject { ["prompt"] = Prompt, ["key"] = "waits", ["worker_type"] = "terminal-claude", ["permission"] = "full" };
        await File.WriteAllTextAsync(Path.Combine(home.Work, "tasks.json"), new JsonArray(task).ToJsonString(), Token);
        var added = await AgentScene.RunAsync(home, "tasks", "add", "--file", "tasks.json");
        Assert.True(added.ExitCode == 0, added.ToString());
        await AgentScene.UntilAsync(async () => (string?)(await TaskAsync(home))["status"] == "parked");
        Assert.True(TimeProvider.System.GetUtcNow() < until, "The machine is too slow for this.");

        ProductDaemon.Kill(home);
        var parked = await TaskAsync(home);
        Assert.Equal(("parked", "quota"), ((string?)parked["status"], (string?)parked["reason"]));
        Assert.Contains("quota of terminal-claude#", (await AgentScene.RunAsync(home, "workers", "list", "--json")).Stdout, StringComparison.Ordinal);
        Assert.Single(home.RunDirectories());

        await AgentScene.UntilAsync(async () => (string?)(await TaskAsync(home))["status"] == "completed");
        var done = await TaskAsync(home);
        var attempt = Assert.Single(done["attempts"]!.AsArray())!;
        Assert.InRange(At(attempt["started"]), until, until.AddSeconds(60));
        var result = await AgentScene.ResultAsync(home, worker);
        Assert.True(((string?)result["status"], result.Output().Trim()) == ("completed", "REPLY after the limit"), result.Shown());
        Assert.Equal(3, home.RunDirectories().Count);
        Assert.Empty(await AgentScene.HeldAsync(home));
    }

    /// <summary>The answer comes from another process, after a minute in which each agent's call is held.</summary>
    [Fact(Timeout = 240_000)]
    public async Task A_question_is_answered_after_60_seconds_and_the_same_run_goes_on()
    {
        string[] agents = ["claude", "qwen"];
        using var home = new ProductHome();
        home.WriteWorkerTypes([.. agents.Select(agent =>
        {
            Needs.Installed(RealAgent.Of(agent));
            var type = RealAgent.Of(agent).Types(home, server.Url).First();
            type["questions"] = true;
            return type;
        })]);
        string[] workers = await Task.WhenAll(agents.Select(agent => AgentScene.SpawnAsync(home, agent)));
        const string Prompt = """[[call:mcp__mcpworkers__ask_controller:{"question":"Which colour?"}]] go""";
        var running = workers.Select(worker => AgentScene.RunAsync(home, "workers", "execute", worker, "-p", Prompt, "--json")).ToList();
        var asked = await AgentScene.PendingAsync(home, 2);
        await Task.Delay(TimeSpan.FromSeconds(60), Token);
        Assert.All(running, run => Assert.False(run.IsCompleted));
        foreach (var request in asked)
        {
            var answered = await AgentScene.RunAsync(home, "requests", "answer", (string)request["request_id"]!, "blue");
            Assert.True(answered.ExitCode == 0, answered.ToString());
        }

        Assert.All((await Task.WhenAll(running)).Select(AgentScene.ResultOf), result =>
        {
            Assert.True((string?)result["status"] == "completed", result.Shown());
            Assert.Contains("blue", result.Output(), StringComparison.Ordinal);
            Assert.Null(result["metadata"]!["continues"]);
        });
        Assert.Equal(2, home.RunDirectories().Count);
    }

    /// <summary>qwen is silent about its tries for a minute, so this waits too.</summary>
    [Fact(Timeout = 240_000)]
    public async Task A_service_that_gives_no_more_and_says_nothing_holds_the_pool_of_each_agent_for_a_minute()
    {
        string[] agents = ["claude", "qwen", "codex"];
        using var home = Home(agents);
        home.WriteHostSettings(new() { ["quota"] = new JsonObject { ["patience_seconds"] = 10 } });
        string[] workers = await Task.WhenAll(agents.Select(agent => AgentScene.SpawnAsync(home, agent)));
        var ends = await Task.WhenAll(workers.Select(worker => AgentScene.RunAsync(home, "workers", "execute", worker, "-T", "120", "-p", "[[http:429]] go", "--json")));
        Assert.All(ends.Select(AgentScene.ResultOf).Zip(agents), end =>
        {
            // On a busy machine qwen speaks of its tries so late that its time is up before its patience is.
            var ended = ((string?)end.First["status"], end.First.Reason());
            Assert.True(ended == ("failed", "rate_limited") || (end.Second == "qwen" && ended.Item1 == "timeout"), end.First.Shown());
        });

        // Nobody said when it ends: a probe is promised a minute after it was met. That minute is over for those that were quicker than qwen.
        var held = await AgentScene.HeldAsync(home);
        Assert.Equal(3, held.Count);
        Assert.All(held, pool => Assert.False((bool)pool!["stated"]!));
        Assert.All(held, pool => Assert.Equal(60, (At(pool!["until"]) - At(pool["since"])).TotalSeconds, 1.0));
        await AgentScene.RunAsync(home, "workers", "execute", workers[1], "-p", "[[text]] go", "--no-wait");
        Assert.Contains("quota of terminal-qwen#", (await AgentScene.RunAsync(home, "workers", "list", "--json")).Stdout, StringComparison.Ordinal);
        var cancelled = await AgentScene.RunAsync(home, "workers", "cancel", workers[1]);
        Assert.True(cancelled.ExitCode == 0, cancelled.ToString());
    }

    /// <summary>codex says it as a time of day, to the minute.</summary>
    [Fact(Timeout = 240_000)]
    public async Task The_time_of_day_at_which_codex_may_try_again_is_understood()
    {
        using var home = Home(["codex"]);
        var begun = TimeProvider.System.GetUtcNow();
        string worker = await AgentScene.SpawnAsync(home, "codex");
        var result = AgentScene.ResultOf(await AgentScene.RunAsync(home, "workers", "execute", worker, "-p", "[[limited:90:codex]] go", "--json"));
        Assert.True(((string?)result["status"], result.Reason()) == ("failed", "rate_limited"), result.Shown());
        var held = Assert.Single(await AgentScene.HeldAsync(home))!;
        Assert.Equal(("open", true), ((string?)held["state"], (bool)held["stated"]!));
        Assert.InRange(At(held["until"]), begun.AddSeconds(89), TimeProvider.System.GetUtcNow().AddSeconds(90 + 60 + 15));
    }

    private ProductHome Home(IEnumerable<string> agents)
    {
        var home = new ProductHome();
        home.WriteWorkerTypes([.. agents.Select(agent =>
        {
            Needs.Installed(RealAgent.Of(agent));
            return RealAgent.Of(agent).Types(home, server.Url).First();
        })]);
        return home;
    }

    private static async Task<JsonObject> TaskAsync(ProductHome home)
    {
        var shown = await AgentScene.RunAsync(home, "tasks", "show", "waits", "--json");
        Assert.True(shown.ExitCode == 0, shown.ToString());
        return JsonNode.Parse(shown.Stdout)!.AsObject();
    }

    private static DateTimeOffset At(JsonNode? time) => DateTimeOffset.Parse((string)time!, null);
}
