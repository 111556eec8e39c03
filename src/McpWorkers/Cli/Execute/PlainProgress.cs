using System.Globalization;
using McpWorkers.Engine.Model;
using McpWorkers.Mcp.Client;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Execute;

/// <summary>
/// A line for each change of a worker's state, and now and then one of what it does: for logs, pipes and terminals that cannot move
/// their cursor.
/// </summary>
internal sealed class PlainProgress(TextWriter error, TimeProvider time) : IProgressView
{
    private const int ActivityMax = 100;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan BetweenActivities = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Shown> _shown = [];

    public async Task ShowAsync(WorkerWatch watch, Task finished)
    {
        using var timer = new PeriodicTimer(Look, time);
        while (!finished.IsCompleted)
        {
            Show(watch.Latest);
            await Task.WhenAny(finished, timer.WaitForNextTickAsync().AsTask());
        }

        Show(watch.Latest);
    }

    public void Say(string message)
    {
        lock (_lock)
        {
            error.WriteLine(message);
        }
    }

    private void Show(IReadOnlyList<WorkerState> workers)
    {
        foreach (var worker in workers)
        {
            Show(worker);
        }
    }

    private void Show(WorkerState worker)
    {
        if (!_shown.TryGetValue(worker.WorkerId, out var before))
        {
            // Its prompt is on its way: a run may be over before the first look.
            Say($"{worker.WorkerId} starting ({worker.WorkerType}{(worker.Simulated ? ", simulated" : "")})");
            before = new(WorkerStatus.Starting, "", time.GetTimestamp());
        }

        // Until the prompt has arrived a look finds a worker as it was before.
        bool isNews = worker.Status != before.Status && worker.Status != WorkerStatus.Pending;
        string activity = TerminalText.OneLine(worker.Doing, ActivityMax);
        if (isNews)
        {
            Say($"{worker.WorkerId} {worker.Status.ToWire()}{Detail(worker, activity)}");
            before = new(worker.Status, activity, time.GetTimestamp());
        }
        else if (worker.Status == WorkerStatus.Running && activity.Length > 0 && activity != before.Activity
            && time.GetElapsedTime(before.Told) >= BetweenActivities)
        {
            Say($"{worker.WorkerId} {worker.Status.ToWire()}: {activity}");
            before = before with { Activity = activity, Told = time.GetTimestamp() };
        }

        _shown[worker.WorkerId] = before;
    }

    private static string Detail(WorkerState worker, string activity) => worker.Status switch
    {
        _ when worker.Status.IsSettled() => string.Create(
            CultureInfo.InvariantCulture, $" after {worker.Elapsed.TotalSeconds:0.0} s{(worker.Tokens is { } tokens ? $", {tokens:N0} tokens" : "")}"),
        _ when activity.Length > 0 => ": " + activity,
        _ => "",
    };

    private sealed record Shown(WorkerStatus Status, string Activity, long Told);
}
