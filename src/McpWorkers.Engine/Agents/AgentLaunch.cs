using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents;

/// <summary>A command for a request, as data.</summary>
public sealed record AgentLaunch
{
    /// <summary>Absolute path.</summary>
    public required string Executable { get; init; }

    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Set on top of the inherited environment; the type's own variables win over these.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Standard input, whole. Empty: the command reads the end at once. With <see cref="Control"/> the first lines of it.</summary>
    public ReadOnlyMemory<byte> Stdin { get; init; }

    /// <summary>
    /// Set where the agent is spoken to while it runs: its input stays open until <see cref="AgentActivity.IsInputOver"/>. The same as
    /// <see cref="IAgentAdapter.Control"/>.
    /// </summary>
    public IAgentControl? Control { get; init; }

    /// <summary>Written into the run directory before the launch.</summary>
    public IReadOnlyList<RunFile> Files { get; init; } = [];

    /// <summary>Names of files in the run directory whose content the reader wants at the end.</summary>
    public IReadOnlyList<string> ReadBack { get; init; } = [];

    public StopPlan Stop { get; init; } = StopPlan.InterruptThenTerminate;

    /// <summary>What could not be done as asked, each in a sentence: shown in the result's metadata.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
