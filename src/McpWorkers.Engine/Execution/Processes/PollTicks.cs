namespace McpWorkers.Engine.Execution.Processes;

/// <summary>
/// One timer for all runs of the host: they look at their files on common ticks. A timer of its own for each run would wake the machine
/// thousands of times a second with a hundred runs at work.
/// </summary>
internal sealed class PollTicks(TimeProvider time)
{
    public static readonly TimeSpan Step = TimeSpan.FromMilliseconds(25);

    private readonly Lock _lock = new();
    private readonly Dictionary<long, Task> _ticks = [];
    private readonly long _begun = time.GetTimestamp();

    /// <summary>Ends with the tick that comes after the pause.</summary>
    public Task WaitAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        Task waiting;
        lock (_lock)
        {
            var now = time.GetElapsedTime(_begun);
            long tick = (now + pause).Ticks / Step.Ticks + (pause < Step ? 1 : 0);
            if (!_ticks.TryGetValue(tick, out waiting!))
            {
                var due = (Step * tick) - now;
                waiting = Task.Delay(due > TimeSpan.Zero ? due : Step, time, CancellationToken.None);
                _ticks.Add(tick, waiting);
                _ = waiting.ContinueWith(_ => Forget(tick), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }
        }

        return waiting.WaitAsync(cancellationToken);
    }

    private void Forget(long tick)
    {
        lock (_lock)
        {
            _ticks.Remove(tick);
        }
    }
}
