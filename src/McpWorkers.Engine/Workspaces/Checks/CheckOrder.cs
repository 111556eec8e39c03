using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workspaces.Checks;

/// <summary>One check to be run.</summary>
public sealed record CheckOrder
{
    /// <summary>For the shell.</summary>
    public required string Command { get; init; }

    /// <summary>Unique within the data directory; letters, digits, '_' and '-'. Part of the marker of the check's processes.</summary>
    public required string RunId { get; init; }

    /// <summary>Absolute; made here. One that is there holds an earlier launch of the same check, which is taken up.</summary>
    public required string RunDirectory { get; init; }

    /// <summary>Absolute; must exist.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>The whole environment of the command.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    public required string OwnerMark { get; init; }

    /// <summary>The container it runs in; null: as a process of this machine.</summary>
    public ContainerPlace? Container { get; init; }

    public ResourceLimits Limits { get; init; } = ResourceLimits.None;

    /// <summary>It is stopped after so long.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>As in <see cref="CommandLaunch.Lineage"/>.</summary>
    public string? Lineage { get; init; }
}
