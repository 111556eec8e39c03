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

    private static async Task<JsonObject> TaskAsync(ProductHome home)
    {
        var shown = await AgentScene.RunAsync(home, "tasks", "show", "waits", "--json");
        Assert.True(shown.ExitCode == 0, shown.ToString());
        return JsonNode.Parse(shown.Stdout)!.AsObject();
    }

    private static DateTimeOffset At(JsonNode? time) => DateTimeOffset.Parse((string)time!, null);
}
