using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Mcp;

/// <summary>A call that gives prompts to workers: accepts the runs, tells the client's relay of them, waits, answers.</summary>
internal static class RunCall
{
    private const string Collect =
        "The run goes on by itself. worker_monitor tells when its status changes; worker_collect_results then gives its result.";

    public static ToolBody BodyOf(RunShape shape, CallProgress progress) => (arguments, call, cancellationToken) =>
    {
        bool waits = shape.Waits(arguments);
        return AnswerAsync(shape, SubmitAsync(shape, arguments, call), waits ? progress : null, call, cancellationToken);
    };

    /// <summary>Accepts the runs. They go on whatever becomes of the call.</summary>
    /// <remarks>What is wrong with the arguments is thrown at once: thrown anew by each task on the way, it would cost a multiple.</remarks>
    public static Task<IReadOnlyList<BatchItem>> SubmitAsync(RunShape shape, ToolArguments arguments, ToolCall call)
    {
        return NoticedAsync(shape.SubmitAsync(arguments, call.Manager), call);

        static async Task<IReadOnlyList<BatchItem>> NoticedAsync(Task<IReadOnlyList<BatchItem>> submitted, ToolCall call)
        {
            var items = await submitted;
            await AcceptedNotice.SendAsync(call, [.. items.Select(item => item.Run).OfType<RunTicket>()]);
            return items;
        }
    }

    /// <param name="progress">Null where the results are not waited for.</param>
    private static async Task<CallToolResult> AnswerAsync(
        RunShape shape, Task<IReadOnlyList<BatchItem>> submitted, CallProgress? progress, ToolCall call, CancellationToken cancellationToken)
    {
        var items = await submitted;
        var results = progress is not null
            ? await progress.WatchAsync(call, items, cancellationToken)
            : await Task.WhenAll(items.Select(item => SoFarAsync(call.Manager, item, cancellationToken)));
        return shape.Render(results, call.Manager.Settings.OutputInlineMax);
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
