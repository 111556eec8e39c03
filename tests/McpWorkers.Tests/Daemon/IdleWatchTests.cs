using McpWorkers.Daemon;
using Xunit;

namespace McpWorkers.Tests.Daemon;

public sealed class IdleWatchTests
{
    [Fact]
    public void Only_time_without_a_break_counts()
    {
        var time = new HandTime();
        bool idle = true;
        var watch = new IdleWatch(TimeSpan.FromMinutes(30), () => idle, () => { }, time);

        Assert.False(watch.Look());
        time.Pass(TimeSpan.FromMinutes(29));
        Assert.False(watch.Look());
        idle = false;
        time.Pass(TimeSpan.FromMinutes(2));
        Assert.False(watch.Look());
        idle = true;
        Assert.False(watch.Look());
        time.Pass(TimeSpan.FromMinutes(29));
        Assert.False(watch.Look());
        time.Pass(TimeSpan.FromMinutes(1));
        Assert.True(watch.Look());
    }

    private sealed class HandTime : TimeProvider
    {
        private long _ticks = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Pass(TimeSpan time) => _ticks += time.Ticks;

        public override long GetTimestamp() => _ticks;
    }
}
