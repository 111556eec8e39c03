namespace McpWorkers.Engine.Model;

/// <summary>What becomes of requests.</summary>
public sealed record RequestSettings
{
    /// <summary>So long a request waits for an answer.</summary>
    public TimeSpan Expiry { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>So long an agent's call is held at most; then its run ends its turn, and the answer begins another.</summary>
    public TimeSpan Hold { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>How far direct prompts, and tasks whose role says nothing, may go alone.</summary>
    public AutonomyLevel Autonomy { get; init; } = AutonomyLevel.Supervised;

    /// <summary>Their order means nothing: one that denies wins over all that allow.</summary>
    public IReadOnlyList<PolicyRule> Rules { get; init; } = [];
}

/// <summary>One rule about tool calls. All that it names must match.</summary>
public sealed record PolicyRule
{
    /// <summary>What it is called where it decides, and in messages.</summary>
    public required string Name { get; init; }

    public required bool Allows { get; init; }

    /// <summary>Tools by the agent's own names, or by kind (<c>shell</c>, <c>edit</c>, <c>read</c>, <c>web</c>, <c>mcp</c>, <c>other</c>); '*' stands for any ending. Empty: any tool.</summary>
    public IReadOnlyList<string> Tools { get; init; } = [];

    /// <summary>Of the shell: words of a command, such as <c>git status</c> or <c>npm *</c>. Empty: any.</summary>
    public IReadOnlyList<string> Commands { get; init; } = [];

    /// <summary>Absolute paths, or relative to the working directory; '**' stands for any depth. Empty: any.</summary>
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>The levels at which it holds; empty: all.</summary>
    public IReadOnlyList<AutonomyLevel> Autonomy { get; init; } = [];
}
