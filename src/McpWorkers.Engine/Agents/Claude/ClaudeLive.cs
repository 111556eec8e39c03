using McpWorkers.Engine.Agents.Reading;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents.Claude;

/// <summary>
/// Tokens as they are used, from the pieces of the messages (<c>--include-partial-messages</c>): each begins with what goes in, and tells what
/// came out at its end. Requests whose pieces are not shown, such as those for titles, come with the next result.
/// </summary>
internal sealed class ClaudeLive
{
    /// <summary>More agents than this do not speak at once.</summary>
    private const int OpenMax = 256;

    /// <summary>The message that each speaker is at: the agent itself under the empty name, subagents under their call's id.</summary>
    private readonly Dictionary<string, Usage> _open = [];
    private Usage _ended = Usage.None;

    public Usage Usage => _open.Values.Aggregate(_ended, (sum, one) => sum + one);

    /// <summary>A result counts all that came before it.</summary>
    public void Clear()
    {
        _open.Clear();
        _ended = Usage.None;
    }

    public void Begin(string speaker, JsonView usage)
    {
        if (_open.Remove(speaker, out var before))
        {
            _ended += before;
        }
        else if (_open.Count >= OpenMax)
        {
            _ended = Usage;
            _open.Clear();
        }

        _open[speaker] = Read(usage, Usage.None);
    }

    /// <summary>Counts over the message, and what it does not repeat stands.</summary>
    public void GoOn(string speaker, JsonView usage)
    {
        if (_open.TryGetValue(speaker, out var known))
        {
            _open[speaker] = Read(usage, known);
        }
    }

    private static Usage Read(JsonView usage, Usage known) => new(
        Count(usage["input_tokens"u8]) ?? known.Input,
        Count(usage["cache_read_input_tokens"u8]) ?? known.Cached,
        Count(usage["cache_creation_input_tokens"u8]) ?? known.CacheWrite,
        Count(usage["output_tokens"u8]) ?? known.Output);

    /// <summary>The bound keeps a nonsense figure from overflowing a sum.</summary>
    private static long? Count(JsonView number) => number.AsLong() is { } value ? Math.Clamp(value, 0, 1_000_000_000_000) : null;
}
