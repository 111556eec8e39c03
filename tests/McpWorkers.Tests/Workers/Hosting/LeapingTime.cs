namespace McpWorkers.Tests.Workers.Hosting;

/// <summary>The system's time, which can be set ahead; its timers go on as the system's do.</summary>
internal sealed class LeapingTime : TimeProvider
{
    private long _ahead;

    public void Leap(TimeSpan time) => Interlocked.Add(ref _ahead, time.Ticks);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Ahead;

    public override long GetTimestamp() => System.GetTimestamp() + (long)(Ahead.TotalSeconds * TimestampFrequency);

    private TimeSpan Ahead => TimeSpan.FromTicks(Interlocked.Read(ref _ahead));
}
