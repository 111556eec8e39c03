using Microsoft.AspNetCore.Http;

namespace McpWorkers.Http.Rest;

/// <summary>The queue: what the tools of the set <c>tasks</c> do, whichever sets MCP clients get.</summary>
internal static class TaskRoutes
{
    private static readonly RouteParameter[] Which =
    [
        new("status", """{"type":"string","enum":["open","waiting","parked","running","completed","failed","cancelled","dead"]}""", "Only with this status; open: those that are not over."),
        new("role", """{"type":"string"}""", "Only of this role."),
        new("queue", """{"type":"string"}""", "Only of this queue."),
        new("limit", """{"type":"integer","minimum":1,"maximum":200,"default":50}""", "At most so many."),
        new("before", """{"type":"string"}""", "next_before of the page before."),
    ];

    private static readonly RouteParameter[] ForWhich =
    [
        new("task_ids", """{"type":"string"}""", "Ids or keys, with commas between them."),
        new("timeout", """{"type":"number","minimum":0,"maximum":300,"default":50}""", "How long to wait, in seconds."),
    ];

    private static readonly RouteParameter[] OfLog =
    [
        new("attempt", """{"type":"integer","minimum":1}""", "That attempt, counted from 1; left out: the last."),
        new("cursor", """{"type":"integer","minimum":0,"default":0}""", "next_cursor of the page before."),
        new("lines", """{"type":"integer","minimum":1,"maximum":1000,"default":200}""", "At most so many."),
    ];

    /// <param name="tool">Makes a route that a tool answers: method, path, the tool's name.</param>
    public static IEnumerable<Route> Of(Func<string, string, string, Route> tool) =>
    [
        tool("POST", "/tasks", "task_add") with { Status = StatusCodes.Status201Created },
        tool("GET", "/tasks", "task_list") with { Query = Which },
        tool("GET", "/tasks/wait", "task_wait") with { Query = ForWhich },
        tool("POST", "/tasks/cancel", "task_cancel"),
        tool("POST", "/tasks/retry", "task_retry"),
        tool("GET", "/tasks/{task_id}", "task_show"),
        tool("GET", "/tasks/{task_id}/log", "task_log") with { Query = OfLog },
        tool("POST", "/tasks/{task_id}/edit", "task_edit"),
        tool("GET", "/queue", "queue_status"),
        tool("POST", "/queue", "queue_control"),
        tool("POST", "/schedules", "schedule_add") with { Status = StatusCodes.Status201Created },
        tool("GET", "/schedules", "schedule_list"),
        tool("POST", "/schedules/{schedule_id}", "schedule_control"),
    ];
}
