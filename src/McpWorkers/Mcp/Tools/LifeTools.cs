using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Mcp.Workspaces;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Mcp.Tools;

/// <summary>The tools that make workers and end them.</summary>
internal static class LifeTools
{
    public const int SpawnCountMax = 50;

    public static ToolDefinition Spawn { get; } = new(
        new Tool
        {
            Name = "worker_spawn",
            Title = "Spawn workers",
            Description = "Make workers and return their ids. A worker is one AI coding agent with its own session; it costs nothing until it "
                + "runs a prompt and lives until it is closed or the server ends. worker_health lists the types.",
            InputSchema = WorkerTool.Schema(
                $$$$"""
                {"type":"object","properties":{
                "worker_type":{"type":"string","description":"such as terminal-claude or simulated; the configured default if left out"},
                "count":{"type":"integer","minimum":1,"maximum":50,"default":1},
                "model":{"type":"string","description":"the agent's name for a model"},
                "working_directory":{"type":"string","description":"absolute; where the agents work"},
                "permission":{"type":"string","enum":["read_only","edit","ask","full"],"description":"what the agents may do; the type's default if left out"},
                "workspace":{"type":"string","enum":["directory","worktree","clone"],"description":"directory: in place; worktree, clone: a git branch and place for each, kept until merged or discarded"},
                "repo":{"type":"string","description":"clone: URL or path"},
                "branch":{"type":"string","description":"clone: its branch"},
                "from":{"type":"string","description":"worktree: commit, branch or tag; HEAD if left out"},
                "bring_changes":{"type":"boolean","default":false,"description":"worktree: with what is not committed"},
                "verify":{"type":"array","items":{"type":"string"},"description":"shell commands that must succeed after each run"},
                "launcher":{"type":"string","enum":["process","container"],"description":"the type's own if left out"},
                "image":{"type":"string","description":"of the container, such as node:22"},
                {{{{BudgetArgument.Field}}}}
                },"additionalProperties":false}
                """),
            OutputSchema = WorkerTool.Schema(OutputSchemas.Ids),
            Annotations = new() { ReadOnlyHint = false, DestructiveHint = false, IdempotentHint = false, OpenWorldHint = false },
        },
        async (arguments, call, cancellationToken) =>
        {
            var ids = await call.Manager.SpawnAsync(
                new()
                {
                    WorkerType = arguments.OptionalText("worker_type"),
                    Count = arguments.Integer("count", 1, 1, SpawnCountMax),
                    Model = arguments.OptionalText("model"),
                    WorkingDirectory = arguments.OptionalText("working_directory"),
                    Permission = arguments.OptionalPermission("permission"),
                    Workspace = arguments.Workspace(),
                    Verify = arguments.Commands("verify"),
                    Launcher = arguments.OptionalLauncher("launcher"),
                    Image = arguments.OptionalText("image"),
                    Budget = arguments.Budget(),
                },
                cancellationToken);
            return ToolAnswer.Of(new JsonArray([.. ids.Select(id => (JsonNode)id)]));
        });

    public static ToolDefinition Cancel { get; } = new(
        new Tool
        {
            Name = "worker_cancel",
            Title = "Stop a worker's run",
            Description = "Stop what a worker runs and what waits for it; the worker stays. Its result keeps what was said until then.",
            InputSchema = WorkerTool.Schema(
                """
                {"type":"object","properties":{
                "worker_id":{"type":"string"},
                "force":{"type":"boolean","default":false,"description":"kill at once instead of asking first"}
                },"required":["worker_id"],"additionalProperties":false}
                """),
            OutputSchema = WorkerTool.Schema(OutputSchemas.Close),
            Annotations = new() { ReadOnlyHint = false, DestructiveHint = true, IdempotentHint = true, OpenWorldHint = false },
        },
        async (arguments, call, cancellationToken) =>
        {
            string workerId = arguments.Text("worker_id");
            bool stopped = await call.Manager.CancelAsync(
                workerId, "stopped by worker_cancel", arguments.Boolean("force", false) ? StopPlan.KillNow : null, cancellationToken);
            return ToolAnswer.Of(new JsonObject { ["success"] = true, ["worker_id"] = workerId, ["stopped_run"] = stopped });
        });

    public static ToolDefinition Close { get; } = new(
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
        async (arguments, call, cancellationToken) =>
        {
            var closed = await call.Manager.CloseAsync(arguments.Text("worker_id"), cancellationToken);
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
        });

    public static ToolDefinition CloseAll { get; } = new(
        new Tool
        {
            Name = "worker_close_all",
            Title = "Close all workers",
            Description = "End all workers; runs that go on are stopped.",
            InputSchema = WorkerTool.Schema("""{"type":"object","properties":{},"additionalProperties":false}"""),
            OutputSchema = WorkerTool.Schema(OutputSchemas.CloseAll),
            Annotations = new() { ReadOnlyHint = false, DestructiveHint = true, IdempotentHint = true, OpenWorldHint = false },
        },
        async (_, call, cancellationToken) =>
            ToolAnswer.Of(new JsonObject { ["closed_count"] = await call.Manager.CloseAllAsync(cancellationToken) }));
}
