using McpWorkers.Engine.Execution.Limits;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using McpWorkers.Tests.Execution.Processes;
using Xunit;

namespace McpWorkers.Tests.Execution.Limits;

public sealed class DiskWatchTests : LimitScene
{
    private const int MeasuresMax = 2_000;

    [Fact]
    public async Task Only_what_takes_room_is_counted_and_under_whatever_name()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere lengths are counted.");
        string script = """
            mkdir d; truncate -s 1G d/holes; ln -s / d/link; dd if=/dev/zero of=d/one bs=1M count=3 2>/dev/null; ln d/one d/two
            mkdir "d/$(printf 'x\377')"; dd if=/dev/zero of="d/$(printf 'x\377/y\376')" bs=1M count=2 2>/dev/null; sync -f d
            """;
        ExitedWith(0, await RunAsync(script));
        long held = DiskUse.Of([Path.Combine(Root, "d")]).Sum();
        ExitedWith(0, await RunAsync("rm -r d/x*"));
        Assert.InRange(held, 5 * Mebi, (5 * Mebi) + (256 * 1024));
        Assert.Equal(0, DiskUse.Of([Path.Combine(Root, "absent"), Path.Combine(Root, "d", "one")]).Sum());
    }

    [Fact]
    public async Task Other_file_systems_below_a_place_are_not_entered()
    {
        using var disk = await SmallDisk.MountAsync(Root, Cancellation, megabytes: 4);
        await File.WriteAllBytesAsync(Path.Combine(disk.Path, "file"), new byte[2 * Mebi], Cancellation);
        Assert.InRange(DiskUse.Of([Root]).Sum(), 1, Mebi);
        Assert.InRange(DiskUse.Of([disk.Path]).Sum(), 2 * Mebi, 3 * Mebi);
    }

    [Fact]
    public void Places_within_each_other_count_once_and_those_that_cannot_be_written_do_not_count()
    {
        var launch = Script("true") with
        {
            RunDirectory = "/data/runs/run_1",
            WorkingDirectory = "/data/workspaces/term_1/tree/src",
            Container = new()
            {
                Image = "image",
                Network = "none",
                IsReadOnlyRoot = true,
                WorkerId = "term_1",
                Mounts = [new("/data/workspaces/term_1/tree/", "/tree", IsReadOnly: false), new("/source", "/source"), new("/data/homes/term_1", "/home", IsReadOnly: false)],
            },
        };
        Assert.Equal(["/data/runs/run_1", "/data/workspaces/term_1/tree", "/data/homes/term_1"], DiskWatch.PlacesOf(launch));
    }

    [Fact]
    public async Task Measuring_goes_on_in_pieces_that_are_a_small_part_of_the_time()
    {
        for (int i = 0; i < 600; i++)
        {
            await File.WriteAllBytesAsync(Path.Combine(Root, $"f{i}"), [1], Cancellation);
        }

        // Each look at the clock takes a millisecond, and each question comes fifty later: two parts of a hundred are one look's work.
        var clock = new SteppingClock(TimeSpan.FromMilliseconds(1));
        var watch = new DiskWatch([Root], 600 * 4096 / 2, clock);
        int measures = 0;
        LimitReached? reached = null;
        for (; reached is null && measures < MeasuresMax; measures++)
        {
            clock.Advance(TimeSpan.FromMilliseconds(50));
            reached = watch.Exceeded();
        }

        Assert.Equal(LimitKind.Disk, reached?.Kind);
        Assert.True(reached!.Measured > reached.Limit);
        Assert.InRange(measures, 3, 50);
    }

    /// <summary>Goes on by a step whenever it is looked at.</summary>
    private sealed class SteppingClock(TimeSpan step) : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(TimeSpan time) => _ticks += time.Ticks;

        public override long GetTimestamp() => _ticks += step.Ticks;
    }
}
