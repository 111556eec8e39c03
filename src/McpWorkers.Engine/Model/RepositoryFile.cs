namespace McpWorkers.Engine.Model;

/// <summary>What a repository's own <c>.mcpworkers.yaml</c> asks for.</summary>
public sealed record RepositoryFile
{
    public const string FileName = ".mcpworkers.yaml";

    public SetupSpec? Setup { get; init; }

    /// <summary>Commands for the shell, run after each run.</summary>
    public IReadOnlyList<string> Verify { get; init; } = [];

    /// <summary>Variables for which a port each is leased.</summary>
    public IReadOnlyList<string> Ports { get; init; } = [];

    /// <summary>Whether the repository's commit hooks run for the host's commits too.</summary>
    public bool CommitHooks { get; init; }
}
