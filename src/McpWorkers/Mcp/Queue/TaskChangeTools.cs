using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Tasks;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Mcp.Queue;

/// <summary>The tools of the set <c>tasks</c> that change tasks that are there.</summary>
internal static class TaskChangeTools
{
    private const string TaskIds =
        """{"type":"object","properties":{"task_ids":{"type":"array","items":{"type":"string"},"minItems":1}},"required":["task_ids"],"additionalProperties":false}""";

    public static ToolDefinition Edit(TimeProvider time) => new(
        new Tool
        {
            Name = "task_edit",
            Title = "Edit a task",
            Description = "Change a task that waits or is parked; what is left out stays.",
            InputSchema = WorkerTool.Schema(
                """
                {"type":"object","properties":{
                "task_id":{"type":"string"},
                "prompt":{"type":"string"},
                "priority":{"type":"string","enum":["high","normal","low"]},
                "worker_type":{"type":"string"},
                "model":{"type":"string"},
                "verify":{"type":"array","items":{"type":"string"}},
                "timeout":{"type":"integer","minimum":30,"maximum":3600},
                "at":{"type":"string","description":"as of task_add; 0s: at once"}
                },"required":["task_id"],"additionalProperties":false}
                """),
            OutputSchema = WorkerTool.Schema(TaskSchemas.Whole),
            Annotations = new() { ReadOnlyHint = false, DestructiveHint = false, IdempotentHint = false, OpenWorldHint = true },
        },
        async (arguments, call, cancellationToken) =>
        {
            var edit = arguments.Edit(time.GetUtcNow());
            return edit == new TaskEdit()
                ? throw arguments.Refuse("nothing is to be changed; give one of prompt, priority, worker_type, model, verify, timeout, at")
                : ToolAnswer.Of(TaskView.Whole(await call.Tasks.EditAsync(arguments.Text("task_id"), edit, cancellationToken)));
        })
    {
        Set = ToolSetNames.Tasks,
    };

    public static ToolDefinition Cancel { get; } = new(
        new Tool
        {
            Name = "task_cancel",
            Title = "Cancel tasks",
            Description = "Take tasks back; what one of them runs is stopped. Those that are over stay as they are.",
            InputSchema = WorkerTool.Schema(TaskIds),
            OutputSchema = WorkerTool.Schema(TaskSchemas.Briefs),
            Annotations = new() { ReadOnlyHint = false, DestructiveHint = true, IdempotentHint = true, OpenWorldHint = false },
        },
        (arguments, call, cancellationToken) => EachAsync(
            arguments, call, id => call.Tasks.CancelAsync(id, $"cancelled by {call.Manager.Caller.Kind}", cancellationToken), cancellationToken))
    {
        Set = ToolSetNames.Tasks,
    };

    public static ToolDefinition Retry { get; } = new(
        new Tool
        {
            Name = "task_retry",
            Title = "Retry tasks",
            Description = "Let tasks that failed, died or were cancelled wait again.",
            InputSchema = WorkerTool.Schema(TaskIds),
            OutputSchema = WorkerTool.Schema(TaskSchemas.Briefs),
            Annotations = new() { ReadOnlyHint = false, DestructiveHint = false, IdempotentHint = false, OpenWorldHint = true },
        },
        (arguments, call, cancellationToken) => EachAsync(arguments, call, id => call.Tasks.RetryAsync(id, cancellationToken), cancellationToken, IsRefused))
    {
        Set = ToolSetNames.Tasks,
    };

    /// <summary>Each once, at least one.</summary>
    public static IReadOnlyList<string> Ids(ToolArguments arguments) => arguments.Texts("task_ids") is { Count: > 0 } ids
        ? [.. ids.Distinct()]
        : throw arguments.Refuse("'task_ids' is empty; name a task");

    private static bool IsRefused(WorkTask task) => !task.State.IsOver() || task.State == TaskState.Completed;

    /// <summary>An id that is not known, and a task that is refused, are told before any task is changed.</summary>
    /// <param name="isRefused">Whether the change is refused for a task as it is; null for none.</param>
    private static async Task<CallToolResult> EachAsync(
        ToolArguments arguments, ToolCall call, Func<string, Task<WorkTask>> change, CancellationToken cancellationToken, Func<WorkTask, bool>? isRefused = null)
    {
        // By its id once, also where its key is named beside it.
        var tasks = new List<WorkTask>();
        foreach (string id in Ids(arguments))
        {
            tasks.Add(await call.Tasks.FindAsync(id, cancellationToken));
        }

        if (tasks.FirstOrDefault(task => isRefused?.Invoke(task) == true) is { } refused)
        {
            await change(refused.TaskId);
        }

        var changed = await Task.WhenAll(tasks.Select(task => task.TaskId).Distinct().Select(change));
        return ToolAnswer.Of(new JsonArray([.. changed.Select(task => (JsonNode)TaskView.Brief(task))]));
    }
}
