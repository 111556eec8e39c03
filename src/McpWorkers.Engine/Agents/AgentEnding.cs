using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents;

/// <summary>What the adapter may know of a run's end, besides its lines.</summary>
public sealed record AgentEnding
{
    /// <summary>0–255; 128 + n where signal n ended it. Null where it is not known.</summary>
    public int? ExitCode { get; init; }

    /// <summary>Set where we stopped it.</summary>
    public StopKind? Stopped { get; init; }

    public string StderrTail { get; init; } = "";

    /// <summary>Contents of the files that the launch asked to have back; absent ones are missing here.</summary>
    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Files { get; init; } = new Dictionary<string, ReadOnlyMemory<byte>>();
}
