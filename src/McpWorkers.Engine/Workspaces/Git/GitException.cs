namespace McpWorkers.Engine.Workspaces.Git;

/// <summary>A git command failed. The message names the command and carries what git said.</summary>
public sealed class GitException(string message, int? exitCode = null) : Exception(message)
{
    /// <summary>Null where it did not come to its end by itself.</summary>
    public int? ExitCode { get; } = exitCode;
}
