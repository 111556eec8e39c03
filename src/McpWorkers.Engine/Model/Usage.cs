namespace McpWorkers.Engine.Model;

/// <summary>Tokens, as the agent itself counts them.</summary>
/// <param name="Input">Input tokens. Whether cached ones are among them differs between agents: see <paramref name="InputIncludesCached"/>.</param>
/// <param name="Cached">Input tokens read from a cache.</param>
/// <param name="CacheWrite">Input tokens written to a cache.</param>
/// <param name="Output">Output tokens.</param>
/// <param name="Reasoning">Reasoning (thinking) tokens, where the agent tells them; part of <paramref name="Output"/>, opencode excepted.</param>
/// <param name="InputIncludesCached">True for agents that follow OpenAI's and Google's convention, false for Anthropic's.</param>
public sealed record Usage(
    long Input = 0, long Cached = 0, long CacheWrite = 0, long Output = 0, long Reasoning = 0, bool InputIncludesCached = false)
{
    public static Usage None { get; } = new();

    /// <summary>All tokens that went in and came out, each once: comparable between agents.</summary>
    public long Total => Input + (InputIncludesCached ? 0 : Cached + CacheWrite) + Output;

    public static Usage operator +(Usage a, Usage b) => new(
        a.Input + b.Input,
        a.Cached + b.Cached,
        a.CacheWrite + b.CacheWrite,
        a.Output + b.Output,
        a.Reasoning + b.Reasoning,
        a.InputIncludesCached || b.InputIncludesCached);

    /// <summary>What came on top of an earlier reading; a counter that was reset gives the new reading, never a negative figure.</summary>
    public Usage Since(Usage earlier) =>
        Input < earlier.Input || Output < earlier.Output
            ? this
            : new(
                Input - earlier.Input,
                Math.Max(0, Cached - earlier.Cached),
                Math.Max(0, CacheWrite - earlier.CacheWrite),
                Output - earlier.Output,
                Math.Max(0, Reasoning - earlier.Reasoning),
                InputIncludesCached);
}
