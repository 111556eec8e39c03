using McpWorkers.Engine.Agents.Reading;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents.Copilot;

/// <summary>Reads what <c>--usage-output-file</c> wrote: tokens by model, of the session with all its runs (seen with 1.0.102).</summary>
internal static class CopilotUsage
{
    public const string FileName = "copilot-usage.json";

    public static Usage? Read(ReadOnlySpan<byte> file)
    {
        if (!JsonView.TryReadObject(file, out var json) || !json["modelMetrics"u8].IsObject)
        {
            return null;
        }

        var total = Usage.None;
        foreach (var model in json["modelMetrics"u8])
        {
            var usage = model.Value["usage"u8];
            total += new Usage(
                usage["inputTokens"u8].AsLong() ?? 0,
                usage["cacheReadTokens"u8].AsLong() ?? 0,
                usage["cacheWriteTokens"u8].AsLong() ?? 0,
                usage["outputTokens"u8].AsLong() ?? 0,
                usage["reasoningTokens"u8].AsLong() ?? 0,
                InputIncludesCached: true);
        }

        return total;
    }
}
