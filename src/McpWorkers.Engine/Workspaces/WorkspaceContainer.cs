using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workspaces;

/// <summary>In what the commands of a workspace run, kept for those that run when its worker is gone.</summary>
public sealed record WorkspaceContainer
{
    /// <summary>The type of its worker: which variables its commands get.</summary>
    public required string WorkerType { get; init; }

    /// <summary>The adapter of that type.</summary>
    public required string Agent { get; init; }

    /// <summary>Without a home, and without what is shown of the workspace.</summary>
    public required ContainerPlace Place { get; init; }

    public ResourceLimits Limits { get; init; } = ResourceLimits.None;
}
