namespace McpWorkers.Daemon.Relay;

/// <summary>Which requests change nothing, so that they may be asked twice.</summary>
internal static class Lookups
{
    private static readonly HashSet<string> Methods =
    [
        "initialize", "server/discover", "ping", "tools/list", "prompts/list", "prompts/get", "resources/list", "resources/templates/list", "resources/read",
        "resources/subscribe", "resources/unsubscribe", "completion/complete", "logging/setLevel", "tasks/get", "tasks/list", "tasks/result",
        "subscriptions/listen",
    ];

    private static readonly HashSet<string> Tools =
    [
        "worker_list", "worker_monitor", "worker_collect_results", "worker_health", "workspace_list",
        "task_list", "task_show", "task_wait", "queue_status", "schedule_list", "request_list", "request_show",
    ];

    public static bool MayRepeat(MessageHead head) => head.Method == "tools/call" ? head.Name is not null && Tools.Contains(head.Name) : Methods.Contains(head.Method!);

    /// <summary>Open for as long as the conversation lasts, and not waited for.</summary>
    public static bool Stands(MessageHead head) => head.Method == "subscriptions/listen";
}
