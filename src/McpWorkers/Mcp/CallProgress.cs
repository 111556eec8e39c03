using System.Text.Json.Nodes;
using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Mcp;

/// <summary>
/// Waits for the runs of one call, and tells the client meanwhile what they are doing: news goes out at once, further news not before a
/// pause, and now and then a sign of life also when nothing changes, so that hosts do not take a long call for a dead one.
/// </summary>
internal sealed class CallProgress(TimeProvider time)
{
    /// <summary>Between two notices of one call. Half of what a line may take from its agent to the client.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    /// <summary>The results in the order of the items. No notification comes after it has ended.</summary>
    public async Task<IReadOnlyList<WorkerResult>> WatchAsync(ToolCall call, IReadOnlyList<BatchItem> items, CancellationToken cancellationToken)
    {
        var waiting = items.Select(item => item.Run is { } run
            ? call.Manager.WaitAsync(run.RunId, cancellationToken)
            : Task.FromResult(item.Refused!)).ToList();
        if (call.Listener is not { Progress: { } token } listener)
        {
            return await Task.WhenAll(waiting);
        }

        var runs = new WatchedRuns(items, time);
        using var news = call.Manager.Events.Subscribe(runs.Capacity, runs.Concerns);
        runs.Begin(call.Manager.List());
        using var over = new CancellationTokenSource();
        var telling = TellAsync(listener, token, runs, () => waiting.Count(one => one.IsCompleted), news, over.Token);
        try
        {
            return await Task.WhenAll(waiting);
        }
        finally
        {
            await over.CancelAsync();
            await telling;
        }
    }

    private async Task TellAsync(
        CallListener listener, ProgressToken token, WatchedRuns runs, Func<int> done, EventFeed.Subscription news, CancellationToken over)
    {
        try
        {
            for (int number = 1; ; number++)
            {
                await listener.TellAsync(new()
                {
                    Method = NotificationMethods.ProgressNotification,
                    Params = new JsonObject
                    {
                        ["progressToken"] = RequestIds.ToJson(token),
                        ["progress"] = number,
                        ["message"] = runs.Describe(done()),
                    },
                });
                // Most calls end within the pause, and an exception for each would cost more than all of its notices.
                await Task.Delay(Pause, time, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (over.IsCancellationRequested)
                {
                    return;
                }

                await runs.UntilNewsAsync(news.Reader, Heartbeat, over);
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // The call has its result.
        }
    }
}
