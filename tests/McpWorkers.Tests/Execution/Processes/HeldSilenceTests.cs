using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using McpWorkers.Tests.Tasks;
using Xunit;

namespace McpWorkers.Tests.Execution.Processes;

/// <summary>A run that is taken up again: it said something eight minutes ago, and was launched two minutes before.</summary>
public sealed class HeldSilenceTests : IDisposable
{
    private readonly string _run = Directory.CreateTempSubdirectory("silence-").FullName;
    private readonly HandTime _time = new();

    public void Dispose() => Directory.Delete(_run, recursive: true);

    [Fact]
    public void Silence_before_this_host_counts_where_nobody_was_waited_for() =>
        Assert.Equal(StopKind.Silence, Reached(Watch(), new Waiting(null, TimeSpan.Zero))?.Kind);

    [Fact]
    public void What_was_waited_for_before_this_host_counts_for_nothing()
    {
        var watch = Watch();
        Assert.Null(Reached(watch, new Waiting(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(7))));
        _time.Pass(TimeSpan.FromMinutes(3.9));
        Assert.Null(Reached(watch, new Waiting(TimeSpan.FromMinutes(4.9), TimeSpan.FromMinutes(7))));
        _time.Pass(TimeSpan.FromMinutes(0.2));
        Assert.Equal(StopKind.Silence, Reached(watch, new Waiting(TimeSpan.FromMinutes(5.1), TimeSpan.FromMinutes(7)))?.Kind);
    }

    [Fact]
    public void A_run_that_waits_is_never_silent()
    {
        var watch = Watch();
        _time.Pass(TimeSpan.FromMinutes(20));
        Assert.Null(Reached(watch, new Waiting(TimeSpan.Zero, TimeSpan.FromMinutes(28))));
    }

    private static StopReason? Reached(BoundsWatch watch, IRunReader reader) => watch.Reached(default, lines: 1, position: 2, read: false, reader);

    private BoundsWatch Watch()
    {
        var files = new RunFiles(_run);
        File.WriteAllText(files.Stdout, "a\n");
        File.WriteAllText(files.Stderr, "");
        File.SetLastWriteTimeUtc(files.Stdout, (_time.GetUtcNow() - TimeSpan.FromMinutes(8)).UtcDateTime);
        var age = TimeSpan.FromMinutes(10);
        var launch = new LaunchRecord
        {
            Executable = "/bin/true", Arguments = [], WorkingDirectory = "/", Variables = [], BootId = "", Marker = "", HasChannel = false, Stop = StopPlan.KillNow,
            Started = _time.GetUtcNow() - age,
            StartedTicks = Environment.TickCount64 - (long)age.TotalMilliseconds,
            Bounds = RunBounds.Default with { WallClock = TimeSpan.FromHours(1) },
        };
        return new(launch, files, sameBoot: true, _time);
    }

    private sealed class Waiting(TimeSpan? since, TimeSpan held) : IRunReader
    {
        public TimeSpan? SinceHeld => since;

        public TimeSpan Held => held;

        public RunActivity Take(in OutputLine line) => default;
    }
}
