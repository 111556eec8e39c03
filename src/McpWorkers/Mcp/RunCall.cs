using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;

namespace McpWorkers.Mcp;

/// <summary>A call that gives prompts to workers: accepts the runs, tells the client's relay of them, waits, answers.</summary>
internal static class RunCall
{
    private const string Collect =
        "The run goes on by itself. worker_monitor tells when its status changes; worker_collect_results then gives its result.";

    public static ToolBody BodyOf(RunShape shape, CallProgress progress) => async (arguments, call, cancellationToken) =>
    {
        bool waits = shape.Waits(arguments);
        var items = await SubmitAsync(shape, arguments, call);
        var results = waits
            ? await progress.WatchAsync(call, items, cancellationToken)
            : await Task.WhenAll(items.Select(item => SoFarAsync(call.Manager, item, cancellationToken)));
        return shape.Render(results, call.Manager.Settings.OutputInlineMax);
    };

    /// <summary>Accepts the runs. They go on whatever becomes of the call.</summary>
    public static async Task<IReadOnlyList<BatchItem>> SubmitAsync(RunShape shape, ToolArguments arguments, ToolCall call)
    {
        var items = await shape.SubmitAsync(arguments, call.Manager);
        await AcceptedNotice.SendAsync(call, [.. items.Select(item => item.Run).OfType<RunTicket>()]);
        return items;
    }

    /// <summary>The result of an item that is not waited for: what there is so far, and how to come by the rest.</summary>
    private static async Task<WorkerResult> SoFarAsync(WorkerManager manager, BatchItem item, CancellationToken cancellationToken)
    {
        if (item.Run is null)
        {
            return item.Refused!;
        }

        var run = await manager.FindRunAsync(item.Run.RunId, cancellationToken);
        var metadata = (JsonObject)run.Result.Metadata.DeepClone();
        metadata["run_id"] = run.RunId;
        if (!run.IsSettled)
        {
            metadata["collect"] = Collect;
        }

        return run.Result with { Metadata = metadata };
    }
}
