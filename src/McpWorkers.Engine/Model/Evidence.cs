using System.Text.Json.Serialization;

namespace McpWorkers.Engine.Model;

/// <summary>What speaks for a run beside its own word: what changed, and what the checks that were asked for said.</summary>
public sealed record Evidence
{
    /// <summary>Whether every check passed; null where none was asked for, or none could be run.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public bool? Verified { get; init; }

    public IReadOnlyList<CheckResult> Checks { get; init; } = [];

    /// <summary>Null where the worker works in a directory: whose change is whose cannot be told there.</summary>
    public WorkspaceChanges? Changes { get; init; }

    /// <summary>What a reader should know, such as checks that were not run and why.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>How one check ended.</summary>
/// <param name="Command">As asked for: a command for the shell.</param>
/// <param name="ExitCode">Null where it did not come to its end by itself, or could not be started.</param>
/// <param name="Output">The end of what it wrote, standard output and error, at most 4,000 characters.</param>
public sealed record CheckResult(string Command, int? ExitCode, double Seconds, string Output)
{
    [JsonIgnore]
    public bool Passed => ExitCode == 0;
}

/// <summary>What a worker's workspace holds beyond what it started from.</summary>
public sealed record WorkspaceChanges
{
    /// <summary>Where it is on disk.</summary>
    public required string Path { get; init; }

    /// <summary>Such as <c>mcpworkers/term_0123456789ab</c>; null where HEAD is detached.</summary>
    public string? Branch { get; init; }

    /// <summary>The commit that it started from.</summary>
    public required string Base { get; init; }

    /// <summary>The last commit.</summary>
    public required string Head { get; init; }

    /// <summary>The oldest first, at most 100.</summary>
    public IReadOnlyList<CommitLine> Commits { get; init; } = [];

    /// <summary>By path, at most 1,000; the totals count all.</summary>
    public IReadOnlyList<ChangedFile> Files { get; init; } = [];

    public int FileCount { get; init; }

    public int Added { get; init; }

    public int Deleted { get; init; }

    /// <summary>Repositories within it that are not the parent's own: they are in no commit of it, and are kept with it.</summary>
    public IReadOnlyList<string> NestedRepositories { get; init; } = [];

    /// <summary>What is there and in no commit; empty but where a commit could not be made, such as in the middle of a rebase.</summary>
    public IReadOnlyList<string> Uncommitted { get; init; } = [];

    [JsonIgnore]
    public bool IsEmpty => Base == Head && FileCount == 0 && NestedRepositories.Count == 0 && Uncommitted.Count == 0;
}

public sealed record CommitLine(string Id, string Subject);

/// <summary>One file that changed.</summary>
/// <param name="Status">added, modified, deleted, renamed, copied, type_changed.</param>
/// <param name="From">The old path of what was renamed or copied.</param>
/// <param name="Added">Lines; null for a binary file.</param>
public sealed record ChangedFile(string Path, string Status, string? From = null, int? Added = null, int? Deleted = null);
