using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents;

/// <summary>One prompt for an agent, with all that its command line depends on.</summary>
public sealed record AgentRequest
{
    /// <summary>The name of the MCP server by which a run speaks to its host; it comes as one of <see cref="McpServers"/>.</summary>
    public const string OwnServer = McpServerSpec.OfRun;

    /// <summary>Its tool for agents that ask for a permission by a tool: takes <c>tool_name</c>, <c>input</c> and <c>tool_use_id</c>.</summary>
    public const string PermissionTool = "permission_prompt";

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

    /// <summary>Tokens are wanted while the run goes on, where the agent has to be asked for that: it writes more lines then.</summary>
    public bool LiveUsage { get; init; }

    /// <summary>What this run may cost, for agents that keep such a bound themselves. Null: no bound.</summary>
    public decimal? BudgetUsd { get; init; }

    /// <summary>The host runs as the superuser: some agents refuse some modes then.</summary>
    public bool IsRoot { get; init; }
}
