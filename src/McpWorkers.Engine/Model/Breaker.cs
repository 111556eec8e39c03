namespace McpWorkers.Engine.Model;

/// <summary>
/// A pool (a worker type and a credential) whose service gives no more for a while. Nothing of the pool begins before <see cref="Until"/>; then one run
/// probes, and by how that ends the pool is closed again, or held on.
/// </summary>
public sealed record Breaker
{
    /// <summary>The worker type, with <c>#</c> and eight hexadecimal digits of its credential where it has one.</summary>
    public required string Pool { get; init; }

    /// <summary>When the limit was met first.</summary>
    public required DateTimeOffset Opened { get; init; }

    /// <summary>When the next probe may begin.</summary>
    public required DateTimeOffset Until { get; init; }

    /// <summary>Whether the service said when the limit ends; else it is found out by probes.</summary>
    public bool IsStated { get; init; }

    /// <summary>Probes that met the limit again.</summary>
    public int Probes { get; init; }

    /// <summary>The name of the signal that said so.</summary>
    public required string Signal { get; init; }

    /// <summary>What the service said, in one line.</summary>
    public required string Message { get; init; }
}
