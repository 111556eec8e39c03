namespace McpWorkers.Engine.Model;

/// <summary>The queues that there are without anybody naming them: one for each priority.</summary>
public static class TaskQueueNames
{
    public const string High = "high_priority";
    public const string Default = "default";
    public const string Low = "low_priority";

    public static IReadOnlyList<string> All { get; } = [High, Default, Low];
}
