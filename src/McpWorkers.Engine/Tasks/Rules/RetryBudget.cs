namespace McpWorkers.Engine.Tasks.Rules;

/// <summary>
/// How many tasks of a queue are tried again in each minute: when everything fails, because a service is down for one, first attempts still get
/// their turn and the machine its rest. What does not fit into the minute in which it would come is spread over a later one.
/// </summary>
internal sealed class RetryBudget(int perMinute)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Queue, long Minute), int> _counts = [];
    private long _swept;

    /// <summary>The step as it is, or later.</summary>
    /// <param name="dice">0 to 1: where in a later minute.</param>
    public NextStep.Again Fit(NextStep.Again step, string queue, DateTimeOffset now, double dice)
    {
        var at = now + step.Delay;
        lock (_lock)
        {
            Sweep(MinuteOf(now));
            long first = MinuteOf(at);
            long minute = first;
            while (_counts.GetValueOrDefault((queue, minute)) >= perMinute)
            {
                minute++;
            }

            Add(queue, minute);
            return minute == first ? step : step with { Delay = StartOf(minute).AddMinutes(Math.Clamp(dice, 0, 0.999)) - now };
        }
    }

    /// <summary>One that an earlier host had planned.</summary>
    public void Count(string queue, DateTimeOffset at)
    {
        lock (_lock)
        {
            Add(queue, MinuteOf(at));
        }
    }

    private static long MinuteOf(DateTimeOffset at) => at.UtcTicks / TimeSpan.TicksPerMinute;

    private static DateTimeOffset StartOf(long minute) => new(minute * TimeSpan.TicksPerMinute, TimeSpan.Zero);

    private void Add(string queue, long minute) => _counts[(queue, minute)] = _counts.GetValueOrDefault((queue, minute)) + 1;

    private void Sweep(long now)
    {
        if (now == _swept)
        {
            return;
        }

        _swept = now;
        foreach (var past in _counts.Keys.Where(key => key.Minute < now).ToList())
        {
            _counts.Remove(past);
        }
    }
}
