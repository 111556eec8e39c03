using McpWorkers.Engine.Model;
using McpWorkers.Engine.Tasks;
using McpWorkers.Mcp.History;
using McpWorkers.Mcp.Tools;
using McpWorkers.Mcp.Workspaces;

namespace McpWorkers.Mcp.Queue;

/// <summary>Reads what a task is to be from the arguments of a call.</summary>
internal static class TaskArguments
{
    public const int TimeoutMin = 30;
    public const int TimeoutMax = 3600;

    /// <summary>The names of <see cref="Template"/>.</summary>
    public static IReadOnlyList<string> TemplateNames { get; } =
    [
        "prompt", "role", "priority", "queue", "worker_type", "model", "permission", "working_directory", "workspace", "repo", "branch", "from", "bring_changes",
        "launcher", "image", "verify", "files", "timeout", "budget", "autonomy",
    ];

    /// <summary>The names of <see cref="Request"/>.</summary>
    public static IReadOnlyList<string> RequestNames { get; } = [.. TemplateNames, "after", "at", "key"];

    /// <summary>A task with all that may be said of it.</summary>
    public static TaskRequest Request(this ToolArguments arguments, DateTimeOffset now) => arguments.Template() with
    {
        Key = arguments.OptionalText("key"),
        After = arguments.OptionalTexts("after") ?? [],
        At = arguments.Ahead("at", now),
    };

    /// <summary>What each task of a kind is: all but what only one of them can have.</summary>
    public static TaskRequest Template(this ToolArguments arguments) => new()
    {
        Prompt = arguments.Text("prompt"),
        Role = arguments.OptionalText("role"),
        Priority = arguments.Priority() ?? TaskPriority.Normal,
        Queue = arguments.OptionalText("queue"),
        WorkerType = arguments.OptionalText("worker_type"),
        Model = arguments.OptionalText("model"),
        Permission = arguments.OptionalPermission("permission"),
        WorkingDirectory = arguments.OptionalText("working_directory"),
        Workspace = arguments.Workspace(),
        Launcher = arguments.OptionalLauncher("launcher"),
        Image = arguments.OptionalText("image"),
        Verify = arguments.Commands("verify"),
        Files = arguments.OptionalTexts("files") ?? [],
        Timeout = arguments.Timeout(),
        Budget = arguments.Budget(),
        Autonomy = arguments.OptionalChoice("autonomy", AutonomyLevelNames.All) is { } name && AutonomyLevelNames.TryParse(name, out var level) ? level : null,
    };

    public static TaskEdit Edit(this ToolArguments arguments, DateTimeOffset now) => new()
    {
        Prompt = arguments.OptionalText("prompt"),
        Priority = arguments.Priority(),
        WorkerType = arguments.OptionalText("worker_type"),
        Model = arguments.OptionalText("model"),
        Verify = arguments.Has("verify") ? arguments.Commands("verify") : null,
        Timeout = arguments.Timeout(),
        At = arguments.Ahead("at", now),
    };

    private static TaskPriority? Priority(this ToolArguments arguments) =>
        arguments.OptionalChoice("priority", TaskNames.Priorities) is { } name && TaskNames.TryParse(name, out TaskPriority priority) ? priority : null;

    private static TimeSpan? Timeout(this ToolArguments arguments) =>
        arguments.Has("timeout") ? TimeSpan.FromSeconds(arguments.Integer("timeout", TimeoutMin, TimeoutMin, TimeoutMax)) : null;

    /// <summary>A moment, or how far ahead of now it is.</summary>
    private static DateTimeOffset? Ahead(this ToolArguments arguments, string name, DateTimeOffset now) => arguments.OptionalText(name) switch
    {
        null => null,
        var text => MomentText.Span(text) is { } span ? now + span
            : MomentText.Moment(text) ?? throw arguments.Refuse($"'{name}' is \"{text}\"; it must be a moment such as 2026-03-01T03:00:00Z, or from now such as 15m, 2h, 1d"),
    };
}
