using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Checks;

namespace McpWorkers.Engine.Workspaces.Merging;

/// <summary>How one workspace is to be merged.</summary>
public sealed record MergeRequest
{
    /// <summary>A branch's name; null for <see cref="Workspace.Target"/>.</summary>
    public string? Into { get; init; }

    /// <summary>One commit instead of the worker's commits and a merge.</summary>
    public bool Squash { get; init; }

    /// <summary>Of the commit; null for one that names both branches.</summary>
    public string? Message { get; init; }

    /// <summary>What must hold of the result before the target moves; null for nothing.</summary>
    public MergeChecks? Checks { get; init; }
}

/// <summary>Commands that judge the result of a merge, in a worktree of it that is made for them and removed after them.</summary>
public sealed record MergeChecks
{
    /// <summary>For the shell, run one after the other; the first that fails is the last.</summary>
    public required IReadOnlyList<string> Commands { get; init; }

    /// <summary>The whole environment of the commands.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>For each command.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>The owner's part of the markers of the commands' processes.</summary>
    public required string OwnerMark { get; init; }

    /// <summary>The container that they run in, without a home and without what is shown of the worktree; null for processes of this machine.</summary>
    public ContainerPlace? Container { get; init; }

    public ResourceLimits Limits { get; init; } = ResourceLimits.None;

    /// <summary>Relative to the top: where the commands are run, if that is there; "" for the top itself.</summary>
    public string Directory { get; init; } = "";

    /// <summary>
    /// Makes the worktree ready: what its worker's set-up made, such as installed packages. Given an order to be changed, whose working directory
    /// is the worktree's top. Null for nothing.
    /// </summary>
    public Func<CheckOrder, CancellationToken, Task>? Prepare { get; init; }
}
