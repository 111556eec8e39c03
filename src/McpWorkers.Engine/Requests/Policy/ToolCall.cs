using McpWorkers.Engine.Requests.Policy.Shell;

namespace McpWorkers.Engine.Requests.Policy;

/// <summary>A tool call, taken apart as far as the policy needs it.</summary>
internal sealed record ToolCall
{
    public required string Tool { get; init; }

    public required ToolKind Kind { get; init; }

    /// <summary>Null only where the call is suspicious.</summary>
    public Place? Place { get; init; }

    /// <summary>Of the shell.</summary>
    public ShellLine? Line { get; init; }

    /// <summary>Of a tool for files.</summary>
    public IReadOnlyList<UsedPath> Paths { get; init; } = [];

    /// <summary>Of a tool of which only the name is known: every text in its input.</summary>
    public IReadOnlyList<string> Texts { get; init; } = [];

    /// <summary>Why it may do more than the above says; null: it does not.</summary>
    public string? Doubt { get; init; }

    /// <summary>What in it is made to deceive, or cannot be read at all; null: nothing.</summary>
    public string? Suspicion { get; init; }
}
