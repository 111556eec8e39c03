using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using McpWorkers.Tests.Cli;
using Xunit;

namespace McpWorkers.Tests.Workers;

/// <summary>Runs of real processes whose service gives no more.</summary>
public sealed class QuotaRunsTests
{
    private const int TestLimit = 60_000;

    [Theory(Timeout = TestLimit)]
    [InlineData("echo 'error: rate limit exceeded; resets in 300 seconds' >&2; exit 1")]
    [InlineData("echo 'error: rate limit exceeded; resets in 300 seconds' >&2; exit 0")]
    [InlineData("echo 'error: rate limit exceeded; resets in 300 seconds' >&2; exec sleep 50")]
    public async Task What_only_standard_error_says_is_heard_whatever_the_exit_code_and_while_the_run_goes_on(string script)
    {
        await using var host = new TestHost(scripts: ("limited", script));
        await using var manager = Impatient(host);
        var result = await RunAsync(manager, "limited");
        Assert.Equal((WorkerStatus.Failed, "rate_limited", "limited"), (result.Status, (string?)result.Metadata["reason"], (string?)result.Metadata["rate_limit"]?["pool"]));
        var hold = Assert.Single(manager.Health().Held);
        Assert.True(hold.Breaker.IsStated);
        Assert.InRange((hold.Breaker.Until - hold.Breaker.Opened).TotalSeconds, 290, 335);
    }

    [Fact(Timeout = TestLimit)]
    public async Task An_agent_that_met_a_limit_and_went_on_well_is_completed_and_holds_nothing()
    {
        await using var host = new TestHost(scripts: ("lucky", "echo 'x: 429' >&2; echo answer"));
        await using var manager = Impatient(host);
        var result = await RunAsync(manager, "lucky");
        Assert.Equal((WorkerStatus.Completed, "answer"), (result.Status, result.Output.Trim()));
        Assert.Empty(manager.Health().Held);
    }

    /// <summary>The limit ends in a second; the first prompt after it probes.</summary>
    [Fact(Timeout = TestLimit)]
    public async Task Prompts_wait_outside_of_the_slots_say_why_can_be_stopped_and_go_on_by_themselves()
    {
        await using var host = new TestHost(maxConcurrent: 1, scripts:
            ("limited", "read prompt; if [ \"$prompt\" = limit ]; then echo 'rate limit exceeded; resets in 3 seconds' >&2; exit 1; fi; echo \"$prompt\""));
        await using var manager = Impatient(host);
        Assert.Equal(WorkerStatus.Failed, (await RunAsync(manager, "limited", "limit")).Status);
        string[] ids = [.. await manager.SpawnAsync(new() { WorkerType = "limited", Count = 3 })];
        Task<WorkerResult>[] waiting = [.. ids.Select(id => manager.ExecuteAsync(id, "one"))];
        await Until.TrueAsync(() => manager.List().Count(worker => worker.WaitingFor?.Kind == "quota") == 3);
        Assert.Equal(0, manager.Health().RunsActive);

        // Another pool is not concerned, although there is one slot only.
        Assert.Equal(WorkerStatus.Completed, (await RunAsync(manager, "echo")).Status);
        Assert.True(await manager.CancelAsync(ids[1], "not wanted", null, TestContext.Current.CancellationToken));
        Assert.Equal(WorkerStatus.Cancelled, (await waiting[1]).Status);
        Assert.Equal(["one", "one"], [.. (await Task.WhenAll(waiting[0], waiting[2])).Select(result => result.Output.Trim())]);
        Assert.Empty(manager.Health().Held);
    }

    private static WorkerManager Impatient(TestHost host) => new(
        host.Settings with { Quota = new() { Patience = TimeSpan.FromSeconds(2) } }, Engine.Agents.AgentCatalog.Default(),
        new Engine.Execution.Processes.ProcessLauncher(TimeProvider.System), Engine.Execution.Processes.ExecutableFinder.Find, TimeProvider.System);

    private static async Task<WorkerResult> RunAsync(WorkerManager manager, string type, string prompt = "go")
    {
        string id = (await manager.SpawnAsync(new() { WorkerType = type })).Single();
        return await manager.ExecuteAsync(id, prompt);
    }
}
