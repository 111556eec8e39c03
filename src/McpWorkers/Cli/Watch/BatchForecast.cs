using McpWorkers.Engine.Model;
using McpWorkers.Mcp.Client;

namespace McpWorkers.Cli.Watch;

/// <summary>
/// How far what is at work has come, and when it may be done: from the durations of what ended since something was at work. Begins anew once
/// nothing was at work and something is again.
/// </summary>
internal sealed class BatchForecast
{
    private readonly Dictionary<string, Seen> _seen = [];
    private readonly List<TimeSpan> _durations = [];
    private bool _isBusy;

    /// <summary>Runs that ended in this batch.</summary>
    public int Done { get; private set; }

    /// <summary>With those that go on and wait.</summary>
    public int Total { get; private set; }

    /// <summary>Null where nothing is at work or nothing has ended yet that could be gone by.</summary>
    public TimeSpan? Left { get; private set; }

    /// <summary>Takes in what a look showed.</summary>
    /// <param name="workers">All that there are.</param>
    public void Look(IReadOnlyList<WorkerState> workers)
    {
        bool busy = workers.Any(worker => worker.IsAtWork);
        if (busy && !_isBusy)
        {
            Done = 0;
            _durations.Clear();
        }

        if (busy || _isBusy)
        {
            Count(workers);
        }

        _isBusy = busy;
        Remember(workers);
        var running = workers.Where(worker => worker.Status is WorkerStatus.Starting or WorkerStatus.Running).ToList();
        int waiting = workers.Sum(worker => worker.Waiting);
        Total = Done + running.Count + waiting;
        Left = busy && _durations.Count > 0 ? Estimate(running, waiting) : null;
    }

    private void Count(IReadOnlyList<WorkerState> workers)
    {
        var now = workers.ToDictionary(worker => worker.WorkerId);
        foreach (var worker in workers)
        {
            if (_seen.TryGetValue(worker.WorkerId, out var before) && worker.RunsDone > before.RunsDone)
            {
                Done += worker.RunsDone - before.RunsDone;
                _durations.Add(worker.Status.IsSettled() ? worker.Elapsed : before.Elapsed);
            }
        }

        // Closed with what it ran: a command that spawns workers for one prompt closes them at its end.
        foreach (var gone in _seen.Where(one => one.Value.IsRunning && !now.ContainsKey(one.Key)).Select(one => one.Value))
        {
            Done++;
            _durations.Add(gone.Elapsed);
        }
    }

    private void Remember(IReadOnlyList<WorkerState> workers)
    {
        _seen.Clear();
        foreach (var worker in workers)
        {
            _seen[worker.WorkerId] = new(worker.RunsDone, worker.Elapsed, worker.Status is WorkerStatus.Starting or WorkerStatus.Running);
        }
    }

    /// <summary>Null where all take longer than those before them did: nothing is known of their end.</summary>
    private TimeSpan? Estimate(List<WorkerState> running, int waiting)
    {
        double mean = _durations.Average(duration => duration.TotalSeconds);
        double[] rests = [.. running.Select(worker => Math.Max(0, mean - worker.Elapsed.TotalSeconds))];
        double longest = rests.DefaultIfEmpty(mean).Max();
        return longest <= 0 && waiting == 0 ? null : TimeSpan.FromSeconds(waiting == 0 ? longest : Math.Max(longest, (rests.Sum() + (waiting * mean)) / Math.Max(1, running.Count)));
    }

    private sealed record Seen(int RunsDone, TimeSpan Elapsed, bool IsRunning);
}
