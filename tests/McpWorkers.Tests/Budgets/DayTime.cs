namespace McpWorkers.Tests.Budgets;

/// <summary>A clock that is put on by hand, in a time zone of its own.</summary>
internal sealed class DayTime(DateTimeOffset now, TimeZoneInfo? zone = null) : TimeProvider
{
    private DateTimeOffset _now = now.ToUniversalTime();
    private long _passed;

    public override TimeZoneInfo LocalTimeZone { get; } = zone ?? TimeZoneInfo.Utc;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => _now;

    public override long GetTimestamp() => _passed;

    public void Pass(TimeSpan time)
    {
        _now += time;
        _passed += time.Ticks;
    }
}
