using System.Globalization;
using System.Threading.Channels;
using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;

namespace McpWorkers.Mcp;

/// <summary>What the runs of one call are doing, kept from the news of them: nobody is asked for each notice.</summary>
internal sealed class WatchedRuns
{
    private const int ShownRunsMax = 5;
    private const int ShownActivityMax = 80;
    private const int NewsOfOneRun = 64;
    private const int NewsMax = 4096;

    private readonly Dictionary<string, Watched> _byRun = [];
    private readonly int _total;
    private readonly TimeProvider _time;

    public WatchedRuns(IReadOnlyList<BatchItem> items, TimeProvider time)
    {
        _total = items.Count;
        _time = time;
        foreach (var run in items.Select(item => item.Run).OfType<RunTicket>())
        {
            _byRun[run.RunId] = new(run.WorkerId);
        }
    }

    /// <summary>How much news may wait while the client takes a notice. Of what is dropped beyond it, only the newest of a run would be shown.</summary>
    public int Capacity => Math.Min(NewsMax, NewsOfOneRun * Math.Max(1, _byRun.Count));

    /// <summary>Safe to ask from any thread.</summary>
    public bool Concerns(WorkerEvent fact) => fact.RunId is { } runId && _byRun.ContainsKey(runId);

    /// <summary>Takes in what happened before the news began.</summary>
    public void Begin(IReadOnlyList<WorkerSnapshot> workers)
    {
        foreach (var worker in workers)
        {
            if (worker.RunId is { } runId && _byRun.TryGetValue(runId, out var watched))
            {
                watched.Started = worker.Status == WorkerStatus.Running ? worker.RunStarted : null;
                watched.Over = worker.Status.IsSettled();
                watched.Activity = worker.Activity;
            }
        }
    }

    /// <summary>Returns as soon as there is news, or after so long without any.</summary>
    public async Task UntilNewsAsync(ChannelReader<WorkerEvent> news, TimeSpan limit, CancellationToken over)
    {
        using var pause = new CancellationTokenSource(limit, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(over, pause.Token);
        try
        {
            await news.WaitToReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!over.IsCancellationRequested)
        {
            return;
        }

        while (news.TryRead(out var fact))
        {
            Take(fact);
        }
    }

    /// <summary>One line: how many are done, what the others do, and how many more there are.</summary>
    public string Describe(int done)
    {
        var working = _byRun.Values.Where(run => !run.Over).ToList();
        var parts = working
            .OrderBy(run => run.Started is null)
            .Take(ShownRunsMax)
            .Select(Describe)
            .Prepend(string.Create(CultureInfo.InvariantCulture, $"{done}/{_total} done"));
        return string.Join(" · ", working.Count > ShownRunsMax ? parts.Append($"and {working.Count - ShownRunsMax} more") : parts);
    }

    private void Take(WorkerEvent fact)
    {
        var run = _byRun[fact.RunId!];
        switch (fact.Kind)
        {
            case WorkerEventKind.Started:
                run.Started = fact.Time;
                break;
            case WorkerEventKind.Activity:
                run.Started ??= fact.Time;
                run.Activity = fact.Text;
                break;
            case WorkerEventKind.RequestAsked:
                run.Activity = "waits for an answer to " + fact.Text;
                break;
            case WorkerEventKind.RequestDecided:
                run.Activity = "";
                break;
            case WorkerEventKind.Settled:
                run.Over = true;
                break;
            default:
                break;
        }
    }

    private string Describe(Watched run)
    {
        if (run.Started is not { } started)
        {
            return $"{run.WorkerId}: waiting to start";
        }

        string what = run.Activity.Length > 0 ? run.Activity : "at work";
        string shown = what.Length > ShownActivityMax ? what[..ShownActivityMax] + "…" : what;
        double seconds = Math.Max(0, (_time.GetUtcNow() - started).TotalSeconds);
        return string.Create(CultureInfo.InvariantCulture, $"{run.WorkerId} ({seconds:0} s): {shown}");
    }

    private sealed class Watched(string workerId)
    {
        public string WorkerId { get; } = workerId;

        public DateTimeOffset? Started { get; set; }

        public string Activity { get; set; } = "";

        public bool Over { get; set; }
    }
}
