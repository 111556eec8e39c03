using System.Globalization;
using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Execute;

/// <summary>
/// A line for each change of a worker's state, and now and then one of what it does: for logs, pipes and terminals that cannot move
/// their cursor.
/// </summary>
internal sealed class PlainProgress(TextWriter error) : IProgressView
{
    private static readonly TimeSpan BetweenActivities = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, WorkerStatus> _shown = [];
    private readonly Dictionary<string, DateTimeOffset> _lastActivity = [];

    public async Task ShowAsync(Func<IReadOnlyList<WorkerSnapshot>> workers, EventFeed.Subscription changes, Task finished)
    {
        while (!finished.IsCompleted)
        {
            await Task.WhenAny(finished, changes.Reader.WaitToReadAsync().AsTask());
            Drain(changes, workers);
        }

        // Whatever the buffer could not hold shows in the last state.
        Drain(changes, workers);
        foreach (var worker in workers())
        {
            Show(worker.WorkerId, worker.Status, worker);
        }
    }

    public void Say(string message)
    {
        lock (_lock)
        {
            error.WriteLine(message);
        }
    }

    private void Drain(EventFeed.Subscription changes, Func<IReadOnlyList<WorkerSnapshot>> workers)
    {
        while (changes.Reader.TryRead(out var fact))
        {
            if (fact.Kind is WorkerEventKind.Queued or WorkerEventKind.Started or WorkerEventKind.Settled)
            {
                Show(fact.WorkerId, fact.Status, workers().FirstOrDefault(worker => worker.WorkerId == fact.WorkerId));
            }
            else if (fact is { Kind: WorkerEventKind.Activity, Text.Length: > 0 }
                && fact.Time - _lastActivity.GetValueOrDefault(fact.WorkerId) >= BetweenActivities)
            {
                _lastActivity[fact.WorkerId] = fact.Time;
                Say($"{fact.WorkerId} {fact.Status.ToWire()}: {TerminalText.OneLine(fact.Text, 100)}");
            }
        }
    }

    private void Show(string workerId, WorkerStatus status, WorkerSnapshot? worker)
    {
        if (worker is null || (_shown.TryGetValue(workerId, out var before) && before == status))
        {
            return;
        }

        _shown[workerId] = status;
        Say($"{workerId} {status.ToWire()}{Detail(status, worker)}");
    }

    private static string Detail(WorkerStatus status, WorkerSnapshot worker) => status switch
    {
        _ when status.IsSettled() => string.Create(
            CultureInfo.InvariantCulture, $" after {worker.Elapsed.TotalSeconds:0.0} s{(worker.Usage is { } usage ? $", {usage.Total:N0} tokens" : "")}"),
        WorkerStatus.Starting or WorkerStatus.Pending => $" ({worker.WorkerType}{(worker.Simulated ? ", simulated" : "")})",
        _ when worker.Activity.Length > 0 => ": " + TerminalText.OneLine(worker.Activity, 100),
        _ => "",
    };
}
