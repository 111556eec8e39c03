using System.Text.Json.Nodes;
using McpWorkers.Engine.Workers;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Mcp.Tools;

/// <summary>The tools that give prompts to workers.</summary>
internal static class RunTools
{
    private const string Timeout = """ "timeout":{"type":"integer","minimum":30,"maximum":3600,"default":300,"description":"seconds for each run"} """;

    // An agent may change files and reach the network, within its permission.
    private static ToolAnnotations Annotations => new() { ReadOnlyHint = false, DestructiveHint = true, IdempotentHint = false, OpenWorldHint = true };

    public static WorkerTool Execute(WorkerManager manager, CallProgress progress, TextWriter log) => new(
        new Tool
        {
            Name = "worker_execute",
            Title = "Run a prompt on a worker",
            Description = "Run a prompt on a worker and wait for its result. A run that failed or timed out is a result whose status says so. A "
                + "further prompt to the same worker goes on with its session. Cancelling this call leaves the run going.",
            InputSchema = WorkerTool.Schema(
                $$$$"""
                {"type":"object","properties":{
                "worker_id":{"type":"string"},
                "prompt":{"type":"string"},
                {{{{Timeout}}}}
                },"required":["worker_id","prompt"],"additionalProperties":false}
                """),
            OutputSchema = WorkerTool.Schema(OutputSchemas.Result),
            Annotations = Annotations,
        },
        async (arguments, request, cancellationToken) =>
        {
            string workerId = arguments.Text("worker_id");
            string prompt = arguments.Text("prompt");
            var options = OptionsOf(arguments);
            var result = await progress.WatchAsync(
                request, [workerId], () => manager.ExecuteAsync(workerId, prompt, options, cancellationToken));
            return ToolAnswer.Of(ResultView.Of(result, manager.Settings.OutputInlineMax));
        },
        log);

    public static WorkerTool ExecuteBatch(WorkerManager manager, CallProgress progress, TextWriter log) => new(
        new Tool
        {
            Name = "worker_execute_batch",
            Title = "Run prompts on several workers at once",
            Description = "Run prompts[i] on worker_ids[i], all at once, and wait for all results, in the order given. A repeated worker takes "
                + "its prompts in turn.",
            InputSchema = WorkerTool.Schema(
                $$$$"""
                {"type":"object","properties":{
                "worker_ids":{"type":"array","items":{"type":"string"},"minItems":1},
                "prompts":{"type":"array","items":{"type":"string"},"minItems":1,"description":"as many as worker_ids"},
                {{{{Timeout}}}}
                },"required":["worker_ids","prompts"],"additionalProperties":false}
                """),
            OutputSchema = WorkerTool.Schema(OutputSchemas.Results),
            Annotations = Annotations,
        },
        async (arguments, request, cancellationToken) =>
        {
            var workerIds = arguments.Texts("worker_ids");
            var prompts = arguments.Texts("prompts");
            var options = OptionsOf(arguments);
            var results = await progress.WatchAsync(
                request, workerIds, () => manager.ExecuteBatchAsync(workerIds, prompts, options, cancellationToken));
            return ToolAnswer.Of(new JsonArray([.. results.Select(result => (JsonNode)ResultView.Of(result, manager.Settings.OutputInlineMax))]));
        },
        log);

    private static ExecuteOptions OptionsOf(ToolArguments arguments) =>
        new() { Timeout = TimeSpan.FromSeconds(arguments.Integer("timeout", 300, 30, 3600)) };
}
