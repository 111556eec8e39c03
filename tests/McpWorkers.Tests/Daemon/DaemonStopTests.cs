using System.Text.Json.Nodes;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Daemon;

/// <summary>Ways to end a daemon of the built product, and what becomes of its runs.</summary>
public sealed class DaemonStopTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(40);

    [Fact(Timeout = 90_000)]
    public async Task Stop_is_refused_while_a_run_goes_on_and_force_ends_it()
    {
        LiveProcesses.NeedsProc();
        using var run = await GoingRun.BeginAsync("[[sleep:120]]");

        var refused = await ProductCommand.RunAsync(run.Home, Limit, "daemon", "stop");
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("--drain", refused.Stderr, StringComparison.Ordinal);
        Assert.Contains("--force", refused.Stderr, StringComparison.Ordinal);

        var forced = await ProductCommand.RunAsync(run.Home, Limit, "daemon", "stop", "--force");
        Assert.True(forced.ExitCode == 0, forced.ToString());
        Assert.Empty(LiveProcesses.OfRun(Path.GetFileName(run.Home.RunDirectories()[0])));
        Assert.Empty(ProductDaemon.All(run.Home));
    }

    [Fact(Timeout = 90_000)]
    public async Task Drain_waits_for_the_run()
    {
        LiveProcesses.NeedsProc();
        using var run = await GoingRun.BeginAsync("[[sleep:5]] [[text:to the end]]");

        using var draining = ProductCommand.Start(run.Home, "daemon", "stop", "--drain");
        JsonNode? heard = null;
        bool wasRefused = false;
        while (heard is null)
        {
            int id = await run.Relay.BeginCallAsync("worker_spawn", new() { ["worker_type"] = "simulated" });
            var answer = await run.Relay.HearAsync();
            wasRefused |= answer.ToJsonString().Contains("takes no more work", StringComparison.Ordinal);
            heard = (int?)answer["id"] == id ? null : answer;
        }

        Assert.True(wasRefused);
        Assert.Contains("to the end", heard.ToJsonString(), StringComparison.Ordinal);
        var drained = await draining.EndAsync(Limit);
        Assert.True(drained.ExitCode == 0, drained.ToString());
        Assert.Contains("has stopped", drained.Stdout, StringComparison.Ordinal);
    }

    [Fact(Timeout = 90_000)]
    public async Task Terminate_is_an_orderly_leave()
    {
        LiveProcesses.NeedsProc();
        using var home = new ProductHome();
        await ProductCommand.RunAsync(home, Limit, "daemon", "start");
        int pid = ProductDaemon.Pid(home)!.Value;

        Assert.Equal("debug\n", (await ProductInside.RunAsync(home, Limit, "daemon", "log-level", "debug")).Stdout);
        Assert.Equal(0, ProductDaemon.Signal(pid, 1));
        Assert.Equal(0, (await ProductCommand.RunAsync(home, Limit, "daemon", "status")).ExitCode);
        Assert.Equal(0, ProductDaemon.Signal(pid, 15));
        await LiveProcesses.UntilAsync(() => ProductDaemon.All(home).Count == 0, TimeSpan.FromSeconds(10), "the daemon is gone");

        Assert.Null(ProductDaemon.Pid(home));
        Assert.False(File.Exists(Path.Combine(home.Data, "daemon.sock")));
        Assert.Contains("\"level\":\"debug\"", (await ProductInside.RunAsync(home, Limit, "daemon", "logs", "--json")).Stdout, StringComparison.Ordinal);
        var log = await ProductCommand.RunAsync(home, Limit, "daemon", "logs", "-n", "2");
        Assert.Contains("leaving (stopped)", log.Stdout, StringComparison.Ordinal);
        Assert.EndsWith("ended\n", log.Stdout, StringComparison.Ordinal);
    }

    [Fact(Timeout = 90_000)]
    public async Task Run_goes_on_under_the_daemon_that_was_restarted()
    {
        LiveProcesses.NeedsProc();
        using var run = await GoingRun.BeginAsync("[[sleep:5]] [[text:whole]]");
        int first = ProductDaemon.Pid(run.Home)!.Value;

        var restarted = await ProductCommand.RunAsync(run.Home, Limit, "daemon", "restart");
        Assert.True(restarted.ExitCode == 0, restarted.ToString());
        Assert.NotEqual(first, ProductDaemon.Pid(run.Home));
        Assert.Contains("The run goes on", (await run.Relay.HearAsync()).ToJsonString(), StringComparison.Ordinal);

        var drained = await ProductCommand.RunAsync(run.Home, Limit, "daemon", "stop", "--drain");
        Assert.True(drained.ExitCode == 0, drained.ToString());
        var collected = await run.Relay.CallAsync("worker_collect_results", new() { ["worker_ids"] = new JsonArray(run.Worker) });
        Assert.Equal("whole", (string?)collected[run.Worker]!["output"]);
    }
}
