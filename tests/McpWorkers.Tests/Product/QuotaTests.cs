using System.Text.Json.Nodes;
using Xunit;

namespace McpWorkers.Tests.Product;

/// <summary>A service that gives no more for a while, under a daemon of the built product, by the simulated agent.</summary>
public sealed class QuotaTests
{
    private static readonly TimeSpan CommandLimit = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <param name="how">As the agent meets the limit.</param>
    /// <param name="isStated">Whether anybody says when it ends.</param>
    [Theory(Timeout = 120_000)]
    [InlineData("event:20", true)]
    [InlineData("mid-line:20", true)]
    [InlineData("stderr:20", true)]
    [InlineData("retry", false)]
    [InlineData("stderr", false)]
    public async Task A_run_that_meets_a_limit_fails_as_limited_in_time_and_its_pool_is_held(string how, bool isStated)
    {
        using var home = Home();
        long begun = TimeProvider.System.GetTimestamp();
        var end = await ProductInside.RunAsync(home, CommandLimit, "workers", "execute", "-t", "simulated", "--json", "-p", $"[[pace:fast]] [[limit:{how}]]");
        var result = Assert.Single(end.Results);
        Assert.True((result.Status(), result.Reason(), end.ExitCode) == ("failed", "rate_limited", 1), result.Shown());
        Assert.Equal("simulated", (string?)result.Metadata()["rate_limit"]?["pool"]);
        Assert.InRange(TimeProvider.System.GetElapsedTime(begun).TotalSeconds, 0, 75);

        var held = Assert.Single(await HeldAsync(home));
        Assert.Equal(("open", isStated), ((string?)held!["state"], (bool)held["stated"]!));
        double seconds = (DateTimeOffset.Parse((string)held["until"]!, null) - DateTimeOffset.Parse((string)held["since"]!, null)).TotalSeconds;
        // One that says each time that it ends in 20 s from then has said so for a while.
        Assert.InRange(seconds, isStated ? 1 : 60, how.StartsWith("stderr", StringComparison.Ordinal) ? 62 : isStated ? 23 : 60);
    }

    /// <summary>The limit ends 40 s after the file was written; a daemon dies meanwhile.</summary>
    [Fact(Timeout = 180_000)]
    public async Task Twenty_tasks_wait_for_the_end_of_a_limit_over_a_crash_and_are_done_then()
    {
        using var home = Home();
        await File.WriteAllTextAsync(Path.Combine(home.Work, "limit"), "event:40", Token);
        const string Prompt = "[[pace:fast]] [[limit-file:limit]] [[text:done]]";
        var tasks = new JsonArray([.. Enumerable.Range(0, 20).Select(number => (JsonNode)new JsonObject { ["prompt"] = Prompt, ["key"] = $"t{number}", ["worker_type"] = "simulated" })]);
        await File.WriteAllTextAsync(Path.Combine(home.Work, "tasks.json"), tasks.ToJsonString(), Token);
        var added = await ProductInside.RunAsync(home, CommandLimit, "tasks", "add", "--file", "tasks.json");
        Assert.True(added.ExitCode == 0, $"{added}");
        var listed = await UntilAsync(home, list => list.Count(task => (string?)task!["status"] == "parked") == 20);
        Assert.All(listed, task => Assert.Equal("quota", (string?)task!["reason"]));
        Assert.Contains("simulated until 20", (string?)listed[0]!["detail"], StringComparison.Ordinal);
        int before = home.RunDirectories().Count;

        ProductDaemon.Kill(home);
        listed = await UntilAsync(home, list => list.All(task => (string?)task!["status"] == "completed"));
        Assert.Equal(20, listed.Count);
        Assert.All(listed, task =>
        {
            var outcomes = task!["attempts"]!.AsArray().Select(attempt => (string?)attempt!["outcome"]).ToList();
            Assert.Equal("completed", outcomes[^1]);
            Assert.All(outcomes.SkipLast(1), outcome => Assert.Equal("handed_back", outcome));
        });

        // Each was done once; of those that met the limit first each met it once.
        Assert.Equal(20 + before, home.RunDirectories().Count);
        await AssertOneProbeAsync(home);
        Assert.Empty(await HeldAsync(home));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_direct_prompt_waits_for_the_end_of_a_limit_and_says_so()
    {
        using var home = Home();

        // The daemon is there: its start must not use up the limit's time.
        await HeldAsync(home);
        await File.WriteAllTextAsync(Path.Combine(home.Work, "limit"), "event:12", Token);
        const string Prompt = "[[pace:fast]] [[limit-file:limit]] [[text:done]]";
        var first = await ProductInside.RunAsync(home, CommandLimit, "workers", "execute", "-t", "simulated", "--json", "-p", Prompt);
        Assert.Equal("rate_limited", Assert.Single(first.Results).Reason());
        var second = ProductInside.RunAsync(home, CommandLimit, "workers", "execute", "-t", "simulated", "--json", "-p", Prompt);
        int runs = home.RunDirectories().Count;
        Assert.Equal(1, runs);
        var done = Assert.Single((await second).Results);
        Assert.True((done.Status(), done.Output().Trim()) == ("completed", "done"), done.Shown());
        Assert.InRange((double)done.Metadata()["queued_seconds"]!, 2, 30);
    }

    /// <summary>Between the last word of the limit and its end one task was begun, and after that no more than there is room for.</summary>
    private static async Task AssertOneProbeAsync(ProductHome home)
    {
        var said = await ProductInside.RunAsync(home, CommandLimit, "events", "--limit", "500", "--json");
        Assert.True(said.ExitCode == 0, $"{said}");
        var events = said.Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)
            .Select(happened => (Kind: (string)happened["kind"]!, At: DateTimeOffset.Parse((string)happened["time"]!, null))).ToList();
        var parked = events.Last(happened => happened.Kind == "pool_parked").At;
        var resumed = Assert.Single(events, happened => happened.Kind == "pool_resumed").At;
        var started = events.Where(happened => happened.Kind == "task_started" && happened.At > parked).ToList();
        Assert.Equal(20, started.Count);
        Assert.Single(started, happened => happened.At < resumed);
    }

    private static ProductHome Home()
    {
        var home = new ProductHome();
        home.WriteHostSettings(new() { ["quota"] = new JsonObject { ["patience_seconds"] = 3 }, ["worker_timeout_seconds"] = 60 });
        home.WriteEcosystem([new() { ["name"] = "simulated", ["agent"] = "simulated" }], [new() { ["name"] = "code", ["concurrency"] = 4 }]);
        return home;
    }

    private static async Task<JsonArray> HeldAsync(ProductHome home) =>
        JsonNode.Parse((await ProductInside.RunAsync(home, CommandLimit, "workers", "health", "--json")).Stdout)!["held_pools"]!.AsArray();

    private static async Task<JsonArray> UntilAsync(ProductHome home, Func<JsonArray, bool> isSo)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(300));
        while (true)
        {
            var listed = JsonNode.Parse((await ProductInside.RunAsync(home, CommandLimit, "tasks", "list", "--json")).Stdout)!["tasks"]!.AsArray();
            if (isSo(listed))
            {
                return listed;
            }

            await timer.WaitForNextTickAsync(Token);
        }
    }
}
