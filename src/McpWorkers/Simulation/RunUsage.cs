using System.Text.Json;

namespace McpWorkers.Simulation;

/// <summary>
/// Made-up tokens, counted by claude's rules: <c>usage</c> for the turn, <c>modelUsage</c> for the session, and what came since the last
/// result. Nothing is kept between processes: a resumed session counts from zero again.
/// </summary>
internal sealed record RunUsage(long Turns, long Output)
{
    public const long InputPerTurn = 1000;
    public const long CacheWritePerTurn = 30;
    public const long CacheReadPerTurn = 200;

    public static RunUsage None { get; } = new(0, 0);

    /// <summary>A rule of thumb: four characters a token.</summary>
    public RunUsage Said(string text) => this with { Output = Output + Math.Max(1, text.Length / 4) };

    public RunUsage Minus(RunUsage earlier) => new(Turns - earlier.Turns, Output - earlier.Output);

    public void WriteAsUsage(Utf8JsonWriter json)
    {
        json.WriteNumber("input_tokens", Turns * InputPerTurn);
        json.WriteNumber("cache_creation_input_tokens", Turns * CacheWritePerTurn);
        json.WriteNumber("cache_read_input_tokens", Turns * CacheReadPerTurn);
        json.WriteNumber("output_tokens", Output);
    }

    public void WriteByModel(Utf8JsonWriter json, string model)
    {
        if (Turns == 0)
        {
            return;
        }

        json.WriteStartObject(model);
        json.WriteNumber("inputTokens", Turns * InputPerTurn);
        json.WriteNumber("outputTokens", Output);
        json.WriteNumber("cacheReadInputTokens", Turns * CacheReadPerTurn);
        json.WriteNumber("cacheCreationInputTokens", Turns * CacheWritePerTurn);
        json.WriteNumber("costUSD", 0);
        json.WriteEndObject();
    }
}
