using System.Diagnostics;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Workers.Telemetry;

namespace McpWorkers.Mcp;

/// <summary>The call of a tool as a span, within the trace that its client names (W3C Trace Context, in <c>_meta</c> or in HTTP's headers).</summary>
internal static class CallTrace
{
    private static readonly AsyncLocal<ActivityContext?> s_client = new();

    /// <summary>Notes for the calls that follow in this flow what trace the client is in. Does nothing while nobody listens.</summary>
    public static void Note(string? traceParent, string? traceState)
    {
        if (traceParent is not null && RunTrace.Source.HasListeners())
        {
            s_client.Value = Read(traceParent, traceState) ?? s_client.Value;
        }
    }

    /// <inheritdoc cref="Note(string?, string?)"/>
    public static void Note(JsonObject? meta) => Note(TextOf(meta?["traceparent"]), TextOf(meta?["tracestate"]));

    /// <summary>Null while nobody listens. To be called where the call's own flow begins: it is what runs within it come under.</summary>
    public static Activity? Begin(string tool, string door)
    {
        if (!RunTrace.Source.HasListeners())
        {
            return null;
        }

        var activity = RunTrace.Source.StartActivity($"tools/call {tool}", ActivityKind.Server, s_client.Value ?? Activity.Current?.Context ?? default);
        activity?.SetTag("mcp.method.name", "tools/call");
        activity?.SetTag("gen_ai.tool.name", tool);
        activity?.SetTag("mcpworkers.door", door);
        return activity;
    }

    private static ActivityContext? Read(string traceParent, string? traceState) =>
        ActivityContext.TryParse(traceParent, traceState, isRemote: true, out var context) ? context : null;

    private static string? TextOf(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
