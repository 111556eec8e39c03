namespace McpWorkers.Engine.Workers;

/// <summary>Who asks: what its spawns inherit, and which workers it may see.</summary>
public sealed record Caller
{
    /// <summary>The host's own user, without a directory and an environment of its own.</summary>
    public static Caller Owner { get; } = new();

    /// <summary><c>library</c>, <c>mcp</c>, <c>cli</c>, <c>http</c>: for logs and health.</summary>
    public string Kind { get; init; } = "library";

    /// <summary>Absolute; where its workers work unless a spawn says otherwise. Null: the setting <c>working_directory</c>, else the host's own choice.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>What its workers inherit; null: the host's own. Executables are looked for on its PATH.</summary>
    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    /// <summary>
    /// The run from within which it calls (an agent that a worker runs). It then sees and commands only the workers that were spawned from
    /// within that run, and what it spawns ends with that run. Null for everybody else.
    /// </summary>
    public string? ParentRun { get; init; }

    /// <summary>Of a client in debug mode: the name under which followers look for its runs (<see cref="DebugClients"/>). Null for the others.</summary>
    public string? DebugClient { get; init; }
}
