using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workspaces;

/// <summary>What is asked of a provider: a place for one worker.</summary>
public sealed record WorkspaceOrder
{
    /// <summary>The worker's id.</summary>
    public required string Id { get; init; }

    public required WorkspaceSpec Spec { get; init; }

    /// <summary>Absolute, exists: from where the worker is asked for.</summary>
    public required string Directory { get; init; }

    /// <summary>The caller's: his HOME and PATH are where git finds his configuration and helpers.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    public required string OwnerMark { get; init; }

    /// <summary>The variables for which a port each is to be leased.</summary>
    public IReadOnlyList<string> Ports { get; init; } = [];
}

/// <summary>Makes one kind of workspace.</summary>
internal interface IWorkspaceProvider
{
    WorkspaceKind Kind { get; }

    /// <summary>Checks what can be told before anything is made: the repository, the ref, the room on the disk for all of them.</summary>
    /// <exception cref="RefusedException">It cannot be made, and why.</exception>
    Task CheckAsync(IReadOnlyList<WorkspaceOrder> orders, CancellationToken cancellationToken);

    /// <summary>Makes the place and its record. Where it fails nothing of it is left.</summary>
    /// <exception cref="RefusedException">It cannot be made, and why.</exception>
    Task<Workspace> CreateAsync(WorkspaceOrder order, CancellationToken cancellationToken);
}
