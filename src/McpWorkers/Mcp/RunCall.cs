using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using McpWorkers.Mcp.Requests;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Mcp;

/// <summary>A call that gives prompts to workers: accepts the runs, tells the client's relay of them, waits, answers.</summary>
internal static class RunCall
{
    private const string Collect =
        "The run goes on by itself. worker_monitor tells when its status changes; worker_collect_results then gives its result.";

    public static ToolBody BodyOf(RunShape shape, AskingCalls asking) => (arguments, call, cancellationToken) =>
        call.Questions?.State is not null ? GoOnAsync(shape, asking, arguments, call, cancellationToken)
        : shape.Waits(arguments) ? WaitAsync(shape, asking, arguments, SubmitAsync(shape, arguments, call), call, cancellationToken)
        : AnswerAsync(shape, SubmitAsync(shape, arguments, call), call, cancellationToken);

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

    /// <summary>The call was made before, and asked its client something: its runs go on, and none is begun.</summary>
    private static async Task<CallToolResult> GoOnAsync(
        RunShape shape, AskingCalls asking, ToolArguments arguments, ToolCall call, CancellationToken cancellationToken)
    {
        var resumed = (await asking.ResumeAsync(arguments, call, cancellationToken))!;
        var results = await asking.WatchAsync(arguments, call, resumed.Items, resumed, cancellationToken);
        return shape.Render(results, call.Manager.Settings.OutputInlineMax);
    }

    private static async Task<CallToolResult> WaitAsync(
        RunShape shape, AskingCalls asking, ToolArguments arguments, Task<IReadOnlyList<BatchItem>> submitted, ToolCall call, CancellationToken cancellationToken)
    {
        var results = await asking.WatchAsync(arguments, call, await submitted, resumed: null, cancellationToken);
        return shape.Render(results, call.Manager.Settings.OutputInlineMax);
    }

    private static async Task<CallToolResult> AnswerAsync(
        RunShape shape, Task<IReadOnlyList<BatchItem>> submitted, ToolCall call, CancellationToken cancellationToken)
    {
        var items = await submitted;
        var results = await Task.WhenAll(items.Select(item => SoFarAsync(call.Manager, item, cancellationToken)));
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
