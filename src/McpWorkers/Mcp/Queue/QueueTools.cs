using McpWorkers.Engine.Model;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Mcp.Queue;

/// <summary>The tools of the set <c>tasks</c> for the whole queue.</summary>
internal static class QueueTools
{
    private static readonly string[] Actions = ["pause", "resume", "stop_all"];

    public static ToolDefinition Status { get; } = new(
        new Tool
        {
            Name = "queue_status",
            Title = "Status of the queue",
            Description = "How many tasks there are in each status, what each role runs, and whether the queue is paused.",
            InputSchema = WorkerTool.Schema("""{"type":"object","properties":{},"additionalProperties":false}"""),
            OutputSchema = WorkerTool.Schema(TaskSchemas.Queue),
            Annotations = TaskTools.Reads,
        },
        async (_, call, cancellationToken) => ToolAnswer.Of(TaskView.Of(await call.Tasks.StatusAsync(cancellationToken))))
    {
        Set = ToolSetNames.Tasks,
    };

    public static ToolDefinition Control { get; } = new(
        new Tool
        {
            Name = "queue_control",
            Title = "Control the queue",
            Description = "pause: begin no further task; resume: go on; stop_all: pause, and stop every run now, also those that are no task's. Tasks wait, nothing is lost.",
            InputSchema = WorkerTool.Schema(
                """{"type":"object","properties":{"action":{"type":"string","enum":["pause","resume","stop_all"]}},"required":["action"],"additionalProperties":false}"""),
            OutputSchema = WorkerTool.Schema(TaskSchemas.Controlled),
            Annotations = new() { ReadOnlyHint = false, DestructiveHint = true, IdempotentHint = true, OpenWorldHint = false },
        },
        async (arguments, call, cancellationToken) =>
        {
            string action = arguments.OptionalChoice("action", Actions) ?? throw arguments.Refuse($"'action' is missing; allowed are {string.Join(", ", Actions)}");
            Engine.Tasks.StopAllResult? stopped = null;
            switch (action)
            {
                case "pause":
                    await call.Tasks.PauseAsync();
                    break;
                case "resume":
                    await call.Tasks.ResumeAsync();
                    break;
                default:
                    stopped = await call.Tasks.StopAllAsync($"stop-all by {call.Manager.Caller.Kind}", cancellationToken);
                    break;
            }

            var json = TaskView.Of(await call.Tasks.StatusAsync(cancellationToken));
            if (stopped is not null)
            {
                json["tasks_handed_back"] = stopped.TasksHandedBack;
                json["runs_cancelled"] = stopped.RunsCancelled;
            }

            return ToolAnswer.Of(json);
        })
    {
        Set = ToolSetNames.Tasks,
    };
}
