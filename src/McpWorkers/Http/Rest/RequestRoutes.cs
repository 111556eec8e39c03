using McpWorkers.Mcp.Requests;

namespace McpWorkers.Http.Rest;

/// <summary>What workers ask: what the tools of the set <c>requests</c> do, whichever sets MCP clients get.</summary>
internal static class RequestRoutes
{
    private static readonly RouteParameter[] Which =
    [
        new("state", """{"type":"string","enum":["pending","decided","all"],"default":"pending"}""", "Those that wait for an answer, the others, or all."),
        new("kind", $$"""{"type":"string","enum":{{RequestSchemas.Kinds}}}""", "Only of this kind."),
        new("worker_id", """{"type":"string"}""", "Only of this worker."),
        new("task_id", """{"type":"string"}""", "Only of this task."),
        new("limit", """{"type":"integer","minimum":1,"maximum":200,"default":50}""", "At most so many."),
        new("before", """{"type":"string"}""", "next_before of the page before."),
    ];

    /// <param name="tool">Makes a route that a tool answers: method, path, the tool's name.</param>
    public static IEnumerable<Route> Of(Func<string, string, string, Route> tool) =>
    [
        tool("GET", "/requests", "request_list") with { Query = Which },
        tool("GET", "/requests/{request_id}", "request_show"),
        tool("POST", "/requests/{request_id}", "request_answer"),
    ];
}
