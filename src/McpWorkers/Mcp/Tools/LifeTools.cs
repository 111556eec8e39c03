using System.Text.Json.Nodes;
using McpWorkers.Engine.Workers;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Mcp.Tools;

/// <summary>The tools that make workers and end them.</summary>
internal static class LifeTools
{
    public const int SpawnCountMax = 50;

    public static WorkerTool Spawn(WorkerManager manager, TextWriter log) => new(
        new Tool
        {
            Name = "worker_spawn",
            Title = "Spawn workers",
            Description = "Make workers and return their ids. A worker is one AI coding agent with its own session; it costs nothing until it "
                + "runs a prompt and lives until it is closed or the server ends. worker_health lists the types.",
            InputSchema = WorkerTool.Schema(
                """
                {"type":"object","properties":{
                "worker_type":{"type":"string","description":"such as terminal-claude or simulated; the configured default if left out"},
                "count":{"type":"integer","minimum":1,"maximum":50,"default":1},
                "model":{"type":"string","description":"the agent's name for a model"},
                "working_directory":{"type":"string","description":"absolute; where the agents work"},
                "permission":{"type":"string","enum":["read_only","edit","full"],"description":"what the agents may do; the type's default if left out"}
                },"additionalProperties":false}
                """),
            OutputSchema = WorkerTool.Schema(OutputSchemas.Ids),
            Annotations = new() { ReadOnlyHint = false, DestructiveHint = false, IdempotentHint = false, OpenWorldHint = false },
        },
        async (arguments, _, cancellationToken) =>
        {
            var ids = await manager.SpawnAsync(
                new()
                {
                    WorkerType = arguments.OptionalText("worker_type"),
                    Count = arguments.Integer("count", 1, 1, SpawnCountMax),
                    Model = arguments.OptionalText("model"),
                    WorkingDirectory = arguments.OptionalText("working_directory"),
                    Permission = arguments.OptionalPermission("permission"),
                },
                cancellationToken);
            return ToolAnswer.Of(new JsonArray([.. ids.Select(id => (JsonNode)id)]));
        },
        log);

    public static WorkerTool Close(WorkerManager manager, TextWriter log) => new(
        new Tool
        {
            Name = "worker_close",
            Title = "Close a worker",
            Description = "End a worker; a run that goes on is stopped, and the answer says so. Collect its result first.",
            InputSchema = WorkerTool.Schema(
                """{"type":"object","properties":{"worker_id":{"type":"string"}},"required":["worker_id"],"additionalProperties":false}"""),
            OutputSchema = WorkerTool.Schema(OutputSchemas.Close),
            Annotations = new() { ReadOnlyHint = false, DestructiveHint = true, IdempotentHint = true, OpenWorldHint = false },
        },
        async (arguments, _, cancellationToken) =>
        {
            var closed = await manager.CloseAsync(arguments.Text("worker_id"), cancellationToken);
            var json = new JsonObject { ["success"] = closed.Success, ["worker_id"] = closed.WorkerId };
            if (closed.Success)
            {
                json["stopped_run"] = closed.StoppedRun;
            }
            else
            {
                json["error"] = closed.Error;
            }

            return ToolAnswer.Of(json, isError: !closed.Success);
        },
        log);

    public static WorkerTool CloseAll(WorkerManager manager, TextWriter log) => new(
        new Tool
        {
            Name = "worker_close_all",
            Title = "Close all workers",
            Description = "End all workers; runs that go on are stopped.",
            InputSchema = WorkerTool.Schema("""{"type":"object","properties":{},"additionalProperties":false}"""),
            OutputSchema = WorkerTool.Schema(OutputSchemas.CloseAll),
            Annotations = new() { ReadOnlyHint = false, DestructiveHint = true, IdempotentHint = true, OpenWorldHint = false },
        },
        async (_, _, cancellationToken) =>
            ToolAnswer.Of(new JsonObject { ["closed_count"] = await manager.CloseAllAsync(cancellationToken) }),
        log);
}
