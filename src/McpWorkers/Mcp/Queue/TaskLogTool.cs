using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Mcp.Queue;

/// <summary>The tool <c>task_log</c>: what went on in an attempt at a task.</summary>
internal static class TaskLogTool
{
    private const int LinesUsual = 200;
    private const int LinesMax = 1000;
    private const int AttemptMax = 10_000;

    public static ToolDefinition Log { get; } = new(
        new Tool
        {
            Name = "task_log",
            Title = "Read a task's log",
            Description = "A page of what an attempt wrote: text, tool calls, errors. Does not wait; go on from next_cursor until over.",
            InputSchema = WorkerTool.Schema(
                """
                {"type":"object","properties":{
                "task_id":{"type":"string"},
                "attempt":{"type":"integer","minimum":1,"description":"the last if left out"},
                "cursor":{"type":"integer","minimum":0,"maximum":2147483647,"default":0,"description":"next_cursor of the page before"},
                "lines":{"type":"integer","minimum":1,"maximum":1000,"default":200}
                },"required":["task_id"],"additionalProperties":false}
                """),
            OutputSchema = WorkerTool.Schema(
                """
                {"type":"object","properties":{
                "run_id":{"type":"string"},"attempt":{"type":"integer"},
                "lines":{"type":"array","items":{"type":"object","properties":{"offset":{"type":"integer"},"kind":{"type":"string"},"text":{"type":"string"}},"required":["offset","kind","text"]}},
                "cursor":{"type":"integer"},"next_cursor":{"type":"integer"},"over":{"type":"boolean","description":"nothing more will come in this attempt"}
                },"required":["run_id","attempt","lines","cursor","next_cursor","over"]}
                """),
            Annotations = TaskTools.Reads,
        },
        async (arguments, call, cancellationToken) =>
        {
            var task = await call.Tasks.FindAsync(arguments.Text("task_id"), cancellationToken);
            int? asked = arguments.Has("attempt") ? arguments.Integer("attempt", 1, 1, AttemptMax) : null;
            var attempt = task.Attempts.LastOrDefault(attempt => asked is null || attempt.Number == asked)
                ?? throw new RefusedException(
                    RefusalCode.NotFound,
                    asked is null ? $"Task '{task.TaskId}' has run nothing yet." : $"Task '{task.TaskId}' has no attempt {asked}; it has {task.Attempts.Count}.");
            int cursor = arguments.Integer("cursor", 0, 0, int.MaxValue);
            int lines = arguments.Integer("lines", LinesUsual, 1, LinesMax);
            JsonObject json;
            try
            {
                json = RunLogView.Of(await call.Manager.ReadLogAsync(attempt.RunId, cursor, lines, cancellationToken));
            }
            catch (RefusedException refused) when (refused.Code == RefusalCode.NotFound && attempt is { IsOver: true, Detail.Length: > 0 })
            {
                // Its run has an id before there is one, and there may never have been one.
                throw new RefusedException(
                    RefusalCode.NotFound, $"There is no log of attempt {attempt.Number} of task '{task.TaskId}': it ran nothing, or its run is no longer kept. It ended so: {attempt.Detail}");
            }

            json["run_id"] = attempt.RunId;
            json["attempt"] = attempt.Number;
            return ToolAnswer.Of(json);
        })
    {
        Set = ToolSetNames.Tasks,
    };
}
