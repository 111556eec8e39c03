namespace McpWorkers.Engine.Model;

/// <summary>How long settled runs are kept.</summary>
public sealed record RetentionSettings
{
    public TimeSpan Age { get; init; } = TimeSpan.FromDays(30);

    /// <summary>All run directories together.</summary>
    public long BytesMax { get; init; } = 20L * 1024 * 1024 * 1024;

    /// <summary>Also runs whose results nobody has fetched.</summary>
    public bool Uncollected { get; init; }
}
