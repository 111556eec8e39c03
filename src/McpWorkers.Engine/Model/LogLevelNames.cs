namespace McpWorkers.Engine.Model;

/// <summary>How much the host's log holds: the words of the setting <c>log_level</c>.</summary>
public static class LogLevelNames
{
    public const string Usual = "info";

    /// <summary>From the most to the least.</summary>
    public static IReadOnlyList<string> All { get; } = ["debug", "info", "warn", "error"];
}
