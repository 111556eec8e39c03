using System.Text.Json.Nodes;
using McpWorkers.Engine.Workers;
using McpWorkers.Mcp.Requests;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Mcp.Tools;

/// <summary>The tools that give prompts to workers.</summary>
internal static class RunTools
{
    private const string Timeout = """ "timeout":{"type":"integer","minimum":30,"maximum":3600,"description":"seconds for each run; the type's own if left out, usually 300"} """;

    private static readonly RunShape One = new(
        arguments => arguments.Boolean("wait", true),
        (arguments, manager) => OneAsync(manager.SubmitAsync(arguments.Text("worker_id"), arguments.Text("prompt"), OptionsOf(arguments))),
        (results, outputMax) => ToolAnswer.Of(ResultView.Of(results[0], outputMax)));

    private static readonly RunShape Many = new(
        _ => true,
        (arguments, manager) => manager.SubmitBatchAsync(arguments.Texts("worker_ids"), arguments.Texts("prompts"), OptionsOf(arguments)),
        (results, outputMax) => ToolAnswer.Of(new JsonArray([.. results.Select(result => (JsonNode)ResultView.Of(result, outputMax))])));

    // An agent may change files and reach the network, within its permission.
    private static ToolAnnotations Annotations => new() { ReadOnlyHint = false, DestructiveHint = true, IdempotentHint = false, OpenWorldHint = true };

    public static ToolDefinition Execute(AskingCalls asking) => new(
        new Tool
        {
            Name = "worker_execute",
            Title = "Run a prompt on a worker",
            Description = "Run a prompt on a worker and wait for its result. A run that failed or timed out is a result whose status says so. A "
                + "further prompt to the same worker goes on with its session. Cancelling this call leaves the run going; worker_cancel stops it.",
            InputSchema = WorkerTool.Schema(
                $$$$"""
                {"type":"object","properties":{
                "worker_id":{"type":"string"},
                "prompt":{"type":"string"},
                {{{{Timeout}}}},
                {{{{BudgetArgument.Field}}}},
                "wait":{"type":"boolean","default":true,"description":"false: answer at once; collect the result later"}
                },"required":["worker_id","prompt"],"additionalProperties":false}
                """),
            OutputSchema = WorkerTool.Schema(OutputSchemas.Result),
            Annotations = Annotations,
        },
        RunCall.BodyOf(One, asking),
        One);

    public static ToolDefinition ExecuteBatch(AskingCalls asking) => new(
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
                {{{{Timeout}}}},
                {{{{BudgetArgument.Field}}}}
                },"required":["worker_ids","prompts"],"additionalProperties":false}
                """),
            OutputSchema = WorkerTool.Schema(OutputSchemas.Results),
            Annotations = Annotations,
        },
        RunCall.BodyOf(Many, asking),
        Many);

    private static async Task<IReadOnlyList<BatchItem>> OneAsync(Task<RunTicket> submitted) => [new(await submitted, null)];

    // Zero, which nobody can give, stands for the type's own.
    private static ExecuteOptions OptionsOf(ToolArguments arguments) =>
        new() { Timeout = TimeSpan.FromSeconds(arguments.Integer("timeout", 0, 30, 3600)), Budget = arguments.Budget() };
}
