using System.Globalization;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Quota;
using McpWorkers.Engine.Workers;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Mcp.Tools;

/// <summary>The tools that look and change nothing.</summary>
internal static class WatchTools
{
    private const string WorkerIds = """ "worker_ids":{"anyOf":[{"type":"array","items":{"type":"string"}},{"type":"null"}],"default":null,"description":"all if left out"} """;
    private const string NoArguments = """{"type":"object","properties":{},"additionalProperties":false}""";

    private static ToolAnnotations Annotations => new() { ReadOnlyHint = true, DestructiveHint = false, IdempotentHint = true, OpenWorldHint = false };

    public static ToolDefinition List { get; } = new(
        new Tool
        {
            Name = "worker_list",
            Title = "List workers",
            Description = "All workers with type, status and what they do now.",
            InputSchema = WorkerTool.Schema(NoArguments),
            OutputSchema = WorkerTool.Schema(OutputSchemas.Workers),
            Annotations = Annotations,
        },
        (_, call, _) =>
        {
            var tasks = call.TasksByWorker;
            return Task.FromResult(ToolAnswer.Of(new JsonArray(
                [.. call.Manager.List().Select(worker => (JsonNode)WorkerView.Of(worker, tasks.GetValueOrDefault(worker.WorkerId)))])));
        });

    public static ToolDefinition Monitor { get; } = new(
        new Tool
        {
            Name = "worker_monitor",
            Title = "Watch workers",
            Description = "The status of workers by id. While one is at work, waits up to interval for a change.",
            InputSchema = WorkerTool.Schema(
                $$$$"""
                {"type":"object","properties":{
                {{{{WorkerIds}}}},
                "interval":{"type":"number","minimum":0.1,"maximum":10,"default":1.0,"description":"seconds"}
                },"additionalProperties":false}
                """),
            OutputSchema = WorkerTool.Schema(OutputSchemas.StatusById),
            Annotations = Annotations,
        },
        async (arguments, call, cancellationToken) =>
        {
            var states = await call.Manager.MonitorAsync(
                arguments.OptionalTexts("worker_ids"), arguments.Seconds("interval", 1, 0.1, 10), cancellationToken);
            return ToolAnswer.Of(new JsonObject(states.Select(state => KeyValuePair.Create(state.Key, (JsonNode?)state.Value.ToWire()))));
        });

    public static ToolDefinition Collect { get; } = new(
        new Tool
        {
            Name = "worker_collect_results",
            Title = "Collect results",
            Description = "The last result of workers by id, without waiting; of one at work what it said so far, with status running.",
            InputSchema = WorkerTool.Schema($$$$"""{"type":"object","properties":{{{{{WorkerIds}}}}},"additionalProperties":false}"""),
            OutputSchema = WorkerTool.Schema(OutputSchemas.ResultsById),
            Annotations = Annotations,
        },
        async (arguments, call, cancellationToken) =>
        {
            var results = await call.Manager.CollectAsync(arguments.OptionalTexts("worker_ids"), cancellationToken);
            return ToolAnswer.Of(new JsonObject(results.Select(
                result => KeyValuePair.Create(result.Key, (JsonNode?)ResultView.Of(result.Value, call.Manager.Settings.OutputInlineMax)))));
        });

    public static ToolDefinition Health { get; } = new(
        new Tool
        {
            Name = "worker_health",
            Title = "Health of the worker host",
            Description = "Health, limits, the workers, and the worker types with whether each can run here.",
            InputSchema = WorkerTool.Schema(NoArguments),
            OutputSchema = WorkerTool.Schema(OutputSchemas.Health),
            Annotations = Annotations,
        },
        (_, call, _) => Task.FromResult(ToolAnswer.Of(Describe(call.Manager.Health(), call.Manager))));

    private static JsonObject Describe(WorkerHealth health, WorkerManager manager) => new()
    {
        ["status"] = health.Status,
        ["workers_active"] = health.Workers,
        ["max_concurrent"] = health.MaxConcurrent,
        ["debug_mode"] = manager.Debug.IsOn,
        ["debug_monitor_active"] = manager.Debug.IsFollowed,
        ["workers"] = new JsonArray([.. manager.List().Select(worker => (JsonNode)WorkerView.Brief(worker))]),
        ["runs_active"] = health.RunsActive,
        ["runs_waiting"] = health.RunsWaiting,
        ["max_workers"] = health.MaxWorkers,
        ["default_worker_type"] = health.DefaultType,
        ["worker_types"] = new JsonArray([.. manager.Types().Select(type => (JsonNode)new JsonObject
        {
            ["name"] = type.Type.Name,
            ["available"] = type.Missing is null,
            ["missing"] = type.Missing,
        })]),
        ["held_pools"] = new JsonArray([.. health.Held.Select(hold => (JsonNode)new JsonObject
        {
            ["pool"] = hold.Pool,
            ["state"] = hold.Stand.ToWire(),
            ["since"] = Time(hold.Breaker.Opened),
            ["until"] = Time(hold.Breaker.Until),
            ["stated"] = hold.Breaker.IsStated,
            ["probes"] = hold.Breaker.Probes,
            ["signal"] = hold.Breaker.Signal,
            ["message"] = hold.Breaker.Message,
        })]),
        ["warnings"] = new JsonArray([.. health.Warnings.Select(warning => (JsonNode)warning)]),
    };

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
