namespace McpWorkers.Daemon;

/// <summary>Tells a daemon that it has had nothing to do for so long that it may end.</summary>
internal sealed class IdleWatch(TimeSpan limit, Func<bool> isIdle, Action over, TimeProvider time)
{
    private static readonly TimeSpan LookMax = TimeSpan.FromSeconds(30);

    private long? _idleSince;

    /// <summary>Looks once. True when the time is over.</summary>
    public bool Look()
    {
        _idleSince = isIdle() ? _idleSince ?? time.GetTimestamp() : null;
        return _idleSince is { } since && time.GetElapsedTime(since) >= limit;
    }

    public async Task RunAsync(CancellationToken leaving)
    {
        var pause = limit / 4 < LookMax ? limit / 4 : LookMax;
        try
        {
            while (!Look())
            {
                await Task.Delay(pause, time, leaving);
            }

            over();
        }
        catch (OperationCanceledException) when (leaving.IsCancellationRequested)
        {
            // It ends anyway.
        }
    }
}
