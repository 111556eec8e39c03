using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents;

/// <summary>One prompt for an agent, with all that its command line depends on.</summary>
public sealed record AgentRequest
{
    public required WorkerType Type { get; init; }

    public required string Prompt { get; init; }

    /// <summary>The session to go on with; null for a new one.</summary>
    public string? ResumeSession { get; init; }

    /// <summary>A fresh UUID, for agents whose new session may be named from outside.</summary>
    public required Guid NewSession { get; init; }

    /// <summary>The model asked for; null for the type's or the agent's own.</summary>
    public string? Model { get; init; }

    public required Permission Permission { get; init; }

    public IReadOnlyList<McpServerSpec> McpServers { get; init; } = [];

    /// <summary>Absolute path of the resolved executable (the type's, else the adapter's).</summary>
    public required string Executable { get; init; }

    /// <summary>
    /// Answers whether a file exists: for agents whose real program stands beside the one on PATH.
    /// The adapter itself touches no file.
    /// </summary>
    public Func<string, bool> FileExists { get; init; } = static _ => false;

    /// <summary>Absolute; the run's directory, where files of the launch will stand.</summary>
    public required string RunDirectory { get; init; }

    public required string WorkingDirectory { get; init; }

    /// <summary>The wall-clock bound of the run.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>The host runs as the superuser: some agents refuse some modes then.</summary>
    public bool IsRoot { get; init; }
}
