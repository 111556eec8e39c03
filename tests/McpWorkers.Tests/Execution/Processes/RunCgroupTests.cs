using System.Text.Json.Nodes;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Execution.Processes;

public sealed class RunCgroupTests : RunScene
{
    private const int Limit = 20_000;

    private static readonly StopReason Cancelled = new(StopKind.Cancelled, "asked");

    // Environment cleared, in a session of its own, its parent gone at once: nothing but the cgroup can tell whose it is.
    private static string Evader(string sleep) => $"(env -i setsid /bin/sh -c '{sleep}; :' &)";

    [Fact(Timeout = Limit)]
    public async Task What_evades_every_other_search_is_killed_at_the_end_of_the_run()
    {
        LiveProcesses.NeedsProc();
        Cgroups.Needed();
        string sleep = LongSleep();
        var end = await RunAsync($"{Evader(sleep)}; while ! pgrep -fx '{sleep}' >/dev/null; do sleep 0.01; done; exit 4");
        ExitedWith(4, end);
        Assert.Equal(2, end.LeftoversKilled);
        Assert.Empty(LiveProcesses.WithCommand(sleep));
        Assert.Empty(Cgroups.Of(Mark));
    }

    [Fact(Timeout = Limit)]
    public async Task What_evades_every_other_search_is_killed_by_a_stop_of_an_adopter()
    {
        LiveProcesses.NeedsProc();
        Cgroups.Needed();
        var handle = await StartAsync($"{Evader(LongSleep())}; echo ready; {LongSleep()}");
        await UntilOutputAsync(handle, "ready");
        var adopted = await new ProcessLauncher(TimeProvider.System).AdoptAsync(handle.RunDirectory, Cancellation);
        await adopted.StopAsync(Cancelled, StopPlan.KillNow, Cancellation);
        Assert.Empty(Left());
        Assert.Empty(Cgroups.Of(Mark));
        ExitedWith(137, await handle.ObserveAsync(new LineCollector(), Cancellation));
    }

    [Fact(Timeout = Limit)]
    public async Task Command_that_renews_itself_all_the_time_is_stopped()
    {
        LiveProcesses.NeedsProc();
        Cgroups.Needed();

        // Each starts the next one and is gone: whoever is found in a walk over the processes has already been replaced.
        var handle = await StartAsync("next() { trap '' INT TERM; (next) & }; for i in 1 2 3; do (env -i sh -c 'true'; next) & done; echo ready; sleep 60");
        await UntilOutputAsync(handle, "ready");
        await handle.StopAsync(Cancelled, StopPlan.KillNow, Cancellation);
        Assert.Empty(Left());
        await handle.ObserveAsync(new LineCollector(), Cancellation);
    }

    [Fact(Timeout = Limit)]
    public async Task Cgroups_of_runs_that_are_over_are_cleared_at_start_and_those_of_others_are_not()
    {
        LiveProcesses.NeedsProc();
        Cgroups.Needed();
        string hidden = LongSleep();
        var over = Script($"{Evader(hidden)}; while ! pgrep -fx '{hidden}' >/dev/null; do sleep 0.01; done; echo ready; {LongSleep()}");
        var live = Script($"{Evader(LongSleep())}; echo ready; {LongSleep()}");
        var others = Script($"echo ready; {LongSleep()}") with { OwnerMark = Mark + "x" };
        foreach (var launch in new[] { over, live, others })
        {
            await UntilOutputAsync(await StartAsync(launch), "ready");
        }

        RunCgroup.TryMake(Mark, "run_empty");
        var killed = ProcessSweep.KillOver(Mark, run => run != live.RunId);
        Assert.InRange(killed.Count, 4, 5); // the wrapper, the script; the shell that hid, its sleep; and mostly the script's sleep
        Assert.All(killed, process => Assert.Equal(over.RunId, process.RunId));
        await LiveProcesses.UntilAsync(() => LiveProcesses.WithCommand(hidden).Count == 0, TimeSpan.FromSeconds(5), "what hid is gone");
        ProcessSweep.KillOver(Mark, run => run != live.RunId);
        Assert.EndsWith(live.RunId, Cgroups.Of(Mark).Single(), StringComparison.Ordinal);
        Assert.Single(Cgroups.Of(Mark + "x"));
        foreach (var launch in new[] { over, live, others })
        {
            var handle = await Launcher.AdoptAsync(launch.RunDirectory, Cancellation);
            await handle.StopAsync(Cancelled, StopPlan.KillNow, Cancellation);
            await handle.ObserveAsync(new LineCollector(), Cancellation);
        }

        Assert.Empty(Left());
    }

    [Theory(Timeout = Limit)]
    [InlineData("/sys/fs/cgroup/unified")]
    [InlineData("/sys/fs/cgroup")]
    [InlineData("/tmp")]
    [InlineData("relative")]
    public async Task Recorded_path_that_is_not_this_runs_cgroup_is_not_touched(string path)
    {
        Assert.Null(RunCgroup.OfRecord(path, new Dictionary<LimitKind, string> { [LimitKind.Memory] = path }, $"{Mark}/run_1"));
        Assert.Null(RunCgroup.OfRecord($"{path}/../mcpworkers-{Mark}.run_2", new Dictionary<LimitKind, string>(), $"{Mark}/run_1"));

        // A run without one, as on machines that do not let us make one, ends as well.
        var launch = Script($"setsid {LongSleep()} & echo ready; {LongSleep()}");
        var handle = await StartAsync(launch);
        await UntilOutputAsync(handle, "ready");
        string record = Path.Combine(launch.RunDirectory, "launch.json");
        var json = JsonNode.Parse(await File.ReadAllTextAsync(record, Cancellation))!;
        json["cgroup"] = path;
        await File.WriteAllTextAsync(record, json.ToJsonString(), Cancellation);
        await (await Launcher.AdoptAsync(launch.RunDirectory, Cancellation)).StopAsync(Cancelled, StopPlan.KillNow, Cancellation);
        Assert.Empty(Left());
        await handle.ObserveAsync(new LineCollector(), Cancellation);
    }
}
