using System.Globalization;
using System.Threading.Channels;
using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpWorkers.Mcp;

/// <summary>
/// Tells the client what the workers of one call are doing, while the call runs: the latest counts, at most ten times a second, and
/// now and then also when nothing changes, so that hosts do not take a long call for a dead one.
/// </summary>
internal sealed class CallProgress(WorkerManager manager, TimeProvider time)
{
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    private const int ShownWorkersMax = 5;
    private const int ShownActivityMax = 80;

    /// <summary>Runs the call. No notification comes after it has ended.</summary>
    /// <param name="workerIds">The workers of the call, one entry for each prompt.</param>
    public async Task<T> WatchAsync<T>(
        RequestContext<CallToolRequestParams> request, IReadOnlyList<string> workerIds, Func<Task<T>> call)
    {
        if (request.Params?.ProgressToken is not { } token)
        {
            return await call();
        }

        using var facts = manager.Events.Subscribe(256);
        using var over = new CancellationTokenSource();
        var telling = TellAsync(request.Server, token, workerIds, facts.Reader, over.Token);
        try
        {
            return await call();
        }
        finally
        {
            await over.CancelAsync();
            await telling;
        }
    }

    private async Task TellAsync(
        McpServer server, ProgressToken token, IReadOnlyList<string> workerIds, ChannelReader<WorkerEvent> facts, CancellationToken over)
    {
        var ids = workerIds.ToHashSet();
        var known = manager.List().Select(worker => worker.WorkerId).ToHashSet();
        int done = workerIds.Count(id => !known.Contains(id));
        try
        {
            for (int number = 1; ; number++)
            {
                // The sending itself is not cancelled: half a message would spoil the stream for all that follow.
                await server.NotifyProgressAsync(
                    token,
                    new() { Progress = number, Message = Describe(ids, Math.Min(done, workerIds.Count), workerIds.Count) },
                    cancellationToken: CancellationToken.None);
                await Task.Delay(Pause, time, over);
                done += await NextAsync(facts, ids, over);
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // The call has its result.
        }
    }

    /// <summary>Waits for news of these workers, or for the time of a heartbeat. Returns how many runs settled.</summary>
    private async Task<int> NextAsync(ChannelReader<WorkerEvent> facts, HashSet<string> ids, CancellationToken over)
    {
        using var pause = new CancellationTokenSource(Heartbeat, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(over, pause.Token);
        int settled = 0;
        bool news = false;
        try
        {
            while (!news)
            {
                await facts.WaitToReadAsync(either.Token);
                while (facts.TryRead(out var fact))
                {
                    if (ids.Contains(fact.WorkerId))
                    {
                        news = true;
                        settled += fact.Kind == WorkerEventKind.Settled ? 1 : 0;
                    }
                }
            }
        }
        catch (OperationCanceledException) when (!over.IsCancellationRequested)
        {
            // Nothing new; the client is told that we are still here.
        }

        return settled;
    }

    private string Describe(HashSet<string> ids, int done, int total)
    {
        var working = manager.List()
            .Where(worker => ids.Contains(worker.WorkerId) && worker.Status is WorkerStatus.Starting or WorkerStatus.Running)
            .ToList();
        var parts = working.Take(ShownWorkersMax).Select(Describe).Prepend(string.Create(CultureInfo.InvariantCulture, $"{done}/{total} done"));
        return string.Join(" · ", working.Count > ShownWorkersMax ? parts.Append($"and {working.Count - ShownWorkersMax} more") : parts);
    }

    private static string Describe(WorkerSnapshot worker)
    {
        string what = worker.Activity.Length > 0 ? worker.Activity : worker.Status == WorkerStatus.Starting ? "waiting to start" : "at work";
        string shown = what.Length > ShownActivityMax ? what[..ShownActivityMax] + "…" : what;
        return string.Create(CultureInfo.InvariantCulture, $"{worker.WorkerId} ({worker.Elapsed.TotalSeconds:0} s): {shown}");
    }
}
