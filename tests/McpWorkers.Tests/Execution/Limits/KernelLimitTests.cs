using System.Globalization;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using McpWorkers.Tests.Execution.Processes;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Execution.Limits;

/// <summary>Limits that the kernel keeps, by control groups.</summary>
public sealed class KernelLimitTests : LimitScene
{
    [Fact(Timeout = Seconds)]
    public async Task Command_that_takes_twice_its_memory_dies_and_every_observer_says_of_what()
    {
        NeedsKernel(LimitKind.Memory);
        var launch = Limited("exec dd if=/dev/zero of=/dev/null bs=64M count=1", new() { MemoryBytes = 32 * Mebi });
        var end = await EndAsync(Launcher, launch);
        ExitedWith(137, end);
        Assert.Equal(new LimitReached(LimitKind.Memory, 32 * Mebi, null), end.Reached);
        Assert.Equal([new HeldLimit(LimitKind.Memory, 32 * Mebi, LimitHold.Enforced)], end.Limits);
        Assert.Null(end.Stop);
        Assert.Empty(Cgroups.Of(Mark));

        // The cgroup is gone: a late observer has it from the run directory.
        var late = await new ProcessLauncher(TimeProvider.System).AdoptAsync(launch.RunDirectory, Cancellation);
        Assert.Equal(end.Reached, (await late.ObserveAsync(new LineCollector(), Cancellation)).Reached);
    }

    [Fact(Timeout = Seconds)]
    public async Task Command_whose_child_alone_took_too_much_ends_as_it_likes_and_it_is_known_all_the_same()
    {
        NeedsKernel(LimitKind.Memory);
        var end = await EndAsync(Launcher, Limited("dd if=/dev/zero of=/dev/null bs=64M count=1; echo went on", new() { MemoryBytes = 32 * Mebi }));
        ExitedWith(0, end);
        Assert.Equal(1, end.Output.Lines);
        Assert.Equal(LimitKind.Memory, end.Reached?.Kind);
    }

    [Fact(Timeout = Seconds)]
    public async Task Thousand_forks_come_to_an_end_at_the_limit()
    {
        NeedsKernel(LimitKind.Processes);
        string sleep = LongSleep();
        var end = await EndAsync(Launcher, Limited($"i=0; while [ $i -lt 1000 ]; do {sleep} & i=$((i+1)); done; echo all", new() { Processes = 32 }));
        Assert.Equal(new LimitReached(LimitKind.Processes, 32, null), end.Reached);
        Assert.Equal(0, end.Output.Lines);
        Assert.InRange(end.LeftoversKilled, 20, 32);
        Assert.Empty(LiveProcesses.WithCommand(sleep));
        Assert.Empty(Cgroups.Of(Mark));
    }

    [Fact(Timeout = Seconds)]
    public async Task Busy_loop_gets_its_share_of_a_processor_and_no_more()
    {
        NeedsKernel(LimitKind.Cpu);
        var lines = new LineCollector();
        var handle = await StartAsync(Limited("timeout 1 sh -c 'while :; do :; done'; times", new() { Cpus = 0.2 }));
        var end = await handle.ObserveAsync(lines, Cancellation);

        // The last line of `times` is of the children: "0m0.190000s 0m0.000000s".
        string user = Output(handle).Trim().Split('\n')[^1].Split(' ')[0];
        double seconds = double.Parse(user[(user.IndexOf('m', StringComparison.Ordinal) + 1)..].TrimEnd('s'), CultureInfo.InvariantCulture);
        Assert.InRange(seconds, 0.0, 0.45);
        Assert.Equal([new HeldLimit(LimitKind.Cpu, 0.2, LimitHold.Enforced)], end.Limits);
        Assert.Null(end.Reached);
    }

    [Fact(Timeout = Seconds)]
    public async Task Run_within_its_limits_is_not_said_to_have_reached_one()
    {
        NeedsKernel(LimitKind.Memory);

        // Caches count for the kernel's group and are taken back: more is read and written here than there is memory allowed.
        var limits = new ResourceLimits { MemoryBytes = 32 * Mebi, Processes = 32, Cpus = 1 };
        var end = await EndAsync(Launcher, Limited("dd if=/dev/zero of=file bs=1M count=64 2>/dev/null; cat file >/dev/null; exit 3", limits));
        ExitedWith(3, end);
        Assert.Null(end.Reached);
        Assert.Equal(3, end.Limits.Count);
        Assert.Empty(Cgroups.Of(Mark));
    }

    [Fact(Timeout = Seconds)]
    public async Task Sweep_kills_and_removes_what_a_limited_run_has_left()
    {
        NeedsKernel(LimitKind.Memory);
        string hidden = LongSleep();
        var launch = Limited($"(env -i setsid sh -c '{hidden}; :' &); while ! pgrep -fx '{hidden}' >/dev/null; do sleep 0.01; done; echo ready; {LongSleep()}", new() { MemoryBytes = 64 * Mebi, Processes = 64 });
        await UntilOutputAsync(await StartAsync(launch), "ready");
        Assert.NotEmpty(Cgroups.Of(Mark));
        await LiveProcesses.UntilAsync(() => ProcessSweep.KillOver(Mark, run => run == launch.RunId).Count == 0 && !Cgroups.Of(Mark).Any(), TimeSpan.FromSeconds(5), "all is swept");
        Assert.Empty(LiveProcesses.WithCommand(hidden));
        var end = await (await Launcher.AdoptAsync(launch.RunDirectory, Cancellation)).ObserveAsync(new LineCollector(), Cancellation);
        Assert.Null(end.Reached);
    }

    [Fact(Timeout = Seconds)]
    public async Task Command_does_not_begin_without_the_group_that_keeps_its_limit()
    {
        var files = new RunFiles(Root);
        RunFiles.Create(files.Stdin, "");
        RunFiles.Create(files.Exit, RunFiles.Running);
        RunFiles.Create(files.Ticket, "t\n");
        var ended = await CommandRunner.RunAsync(
            "/bin/sh", ["-c", Wrapper.WholeInput, "wrapper", Root, "t", "/nowhere/known\n+/nowhere/with a limit", "/bin/echo", "begun"], TimeSpan.FromSeconds(10), Cancellation);
        Assert.Equal(0, ended.ExitCode);
        Assert.StartsWith("125 ", await File.ReadAllTextAsync(files.Exit, Cancellation), StringComparison.Ordinal);
        Assert.Equal("", await File.ReadAllTextAsync(files.Stdout, Cancellation));
        Assert.Contains("could not be put under its limits", await File.ReadAllTextAsync(files.Stderr, Cancellation), StringComparison.Ordinal);
    }
}
