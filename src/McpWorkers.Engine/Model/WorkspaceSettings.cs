namespace McpWorkers.Engine.Model;

/// <summary>How workspaces are made and kept.</summary>
public sealed record WorkspaceSettings
{
    /// <summary>Who commits a worker's changes where the user's git knows no name.</summary>
    public string CommitterName { get; init; } = "McpWorkers";

    public string CommitterEmail { get; init; } = "mcpworkers@localhost";

    /// <summary>Ports that are leased to workers, 1024–65535, both ends included.</summary>
    public int FirstPort { get; init; } = 21000;

    public int LastPort { get; init; } = 21999;

    /// <summary>Ignored files that a snapshot leaves out, in the syntax of <c>.gitignore</c>. Each is named in the snapshot's list.</summary>
    public IReadOnlyList<string> LeaveOut { get; init; } = [];
}

/// <summary>What makes a fresh worktree ready to work in.</summary>
/// <param name="Run">A command for the shell, run in the workspace before the first run.</param>
/// <param name="Inputs">Files whose contents decide whether the outputs of an earlier time will do; relative to the workspace.</param>
/// <param name="Outputs">Files and directories that the command makes; relative to the workspace. They are kept aside and brought again.</param>
public sealed record SetupSpec(string Run, IReadOnlyList<string> Inputs, IReadOnlyList<string> Outputs);
