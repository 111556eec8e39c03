using System.Text.Json.Nodes;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Daemon;

/// <summary>The built product: an MCP host's relay, its daemon, and what becomes of one when the other is gone.</summary>
public sealed class RelayProcessTests
{
    private const int SigHup = 1;
    private const int SigInt = 2;
    private const int SigTerm = 15;

    [Fact(Timeout = 90_000)]
    public async Task Killed_daemon_is_started_again_under_the_relay_and_the_call_is_told_so()
    {
        LiveProcesses.NeedsProc();
        using var home = new ProductHome();
        using var relay = new RelayProcess(home);
        await relay.OpenAsync();
        string worker = await relay.SpawnAsync();
        int call = await relay.BeginCallAsync("worker_execute", new() { ["worker_id"] = worker, ["prompt"] = "[[sleep:4]] [[text:whole]]" });
        await LiveProcesses.UntilAsync(() => home.RunDirectories().Count == 1, TimeSpan.FromSeconds(20), "the run goes on");
        int first = ProductDaemon.Pid(home)!.Value;

        ProductDaemon.Kill(home);
        var answer = await relay.HearAsync();
        var listed = await relay.CallAsync("worker_list", []);

        Assert.Equal(call, (int?)answer["id"]);
        Assert.Equal(-32011, (int?)answer["error"]!["code"]);
        Assert.Contains($"worker_collect_results(worker_ids=[\"{worker}\"])", (string?)answer["error"]!["message"], StringComparison.Ordinal);
        Assert.Equal(Path.GetFileName(home.RunDirectories()[0]), (string?)Assert.Single(answer["error"]!["data"]!["run_ids"]!.AsArray()));
        Assert.Equal(worker, (string?)Assert.Single(answer["error"]!["data"]!["worker_ids"]!.AsArray()));
        Assert.Contains(worker, listed.ToJsonString(), StringComparison.Ordinal);
        Assert.NotEqual(first, ProductDaemon.Pid(home));
        Assert.Contains("started again", relay.Stderr, StringComparison.Ordinal);

        JsonNode? result = null;
        while ((string?)result?["status"] is null or "running" or "starting")
        {
            await relay.CallAsync("worker_monitor", new() { ["worker_ids"] = new JsonArray(worker), ["interval"] = 2 });
            result = (await relay.CallAsync("worker_collect_results", new() { ["worker_ids"] = new JsonArray(worker) }))[worker];
        }

        Assert.Equal(("completed", "whole"), ((string?)result!["status"], (string?)result["output"]));
        Assert.Single(home.RunDirectories());
    }

    [Fact(Timeout = 60_000)]
    public async Task Everything_read_is_answered_before_the_end_from_a_cold_start()
    {
        using var home = new ProductHome();
        using var relay = new RelayProcess(home);
        await relay.SayAsync(Mcp.WireClient.Initialize);
        await relay.SayAsync(Mcp.WireClient.Initialized);
        for (int i = 0; i < 20; i++)
        {
            await relay.BeginCallAsync("worker_list", []);
        }

        relay.EndInput();
        string all = await relay.Output.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(40));

        var ids = all.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => (int)JsonNode.Parse(line)!["id"]!).Order();
        Assert.Equal(Enumerable.Range(1, 21), ids);
        Assert.Equal(0, await relay.EndAsync());
    }

    [Theory(Timeout = 60_000)]
    [InlineData(SigTerm)]
    [InlineData(SigInt)]
    [InlineData(SigHup)]
    public async Task Signal_ends_the_relay_at_once_and_no_run(int signal)
    {
        LiveProcesses.NeedsProc();
        using var home = new ProductHome();
        using var relay = new RelayProcess(home);
        await relay.OpenAsync();
        string worker = await relay.SpawnAsync();
        await relay.BeginCallAsync("worker_execute", new() { ["worker_id"] = worker, ["prompt"] = "[[sleep:3]] [[text:on and on]]" });
        await LiveProcesses.UntilAsync(() => home.RunDirectories().Count == 1, TimeSpan.FromSeconds(20), "the run goes on");

        long begun = TimeProvider.System.GetTimestamp();
        Assert.Equal(0, ProductDaemon.Signal(relay.Pid, signal));
        Assert.Equal(0, await relay.EndAsync());
        Assert.InRange(TimeProvider.System.GetElapsedTime(begun), TimeSpan.Zero, TimeSpan.FromSeconds(3));

        using var other = new RelayProcess(home);
        await other.OpenAsync();
        await LiveProcesses.UntilAsync(() => home.Output().Contains("on and on", StringComparison.Ordinal), TimeSpan.FromSeconds(20), "the run has ended by itself");
        await LiveProcesses.UntilAsync(() => LiveProcesses.OfRun(Path.GetFileName(home.RunDirectories()[0])).Count == 0, TimeSpan.FromSeconds(20), "and its processes");
        var collected = await other.CallAsync("worker_collect_results", new() { ["worker_ids"] = new JsonArray(worker) });
        Assert.Contains("on and on", collected.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Host_that_reads_no_more_ends_the_relay()
    {
        using var home = new ProductHome();
        using var relay = new RelayProcess(home);
        await relay.OpenAsync();
        relay.CloseOutput();
        await relay.BeginCallAsync("worker_list", []);
        await relay.BeginCallAsync("worker_list", []);

        Assert.Equal(0, await relay.EndAsync());
    }

    [Fact(Timeout = 90_000)]
    public async Task Stopped_daemon_stays_stopped_until_something_is_asked()
    {
        using var home = new ProductHome();
        using var relay = new RelayProcess(home);
        await relay.OpenAsync();

        var stopped = await ProductCommand.RunAsync(home, TimeSpan.FromSeconds(30), "daemon", "stop");
        await Task.Delay(500, TestContext.Current.CancellationToken);
        var status = await ProductCommand.RunAsync(home, TimeSpan.FromSeconds(30), "daemon", "status");
        Assert.Equal((0, 3), (stopped.ExitCode, status.ExitCode));

        await relay.CallAsync("worker_list", []);
        Assert.Equal(0, (await ProductCommand.RunAsync(home, TimeSpan.FromSeconds(30), "daemon", "status")).ExitCode);
    }
}
