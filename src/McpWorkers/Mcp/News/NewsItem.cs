namespace McpWorkers.Mcp.News;

/// <summary>One thing to tell a client. Equal news need telling once.</summary>
/// <param name="Key">The address of the resource, or the id of the task; empty for the list.</param>
internal sealed record NewsItem(NewsKind Kind, string Key);

internal enum NewsKind
{
    /// <summary>Workers came or went.</summary>
    ResourceList,

    ResourceUpdated,

    Task,
}
