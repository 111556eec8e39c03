using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Execute;

/// <summary>A result for a person.</summary>
internal static class ResultText
{
    /// <summary>A line with the figures, the output, and after a failure the error and what to do.</summary>
    public static string Of(WorkerResult result, bool simulated, bool colours)
    {
        var text = new StringBuilder();
        string header = $"== {string.Join(" · ", Figures(result))} ==";
        text.Append(colours ? $"\u001b[{(result.IsSuccess ? 32 : 31)}m{header}\u001b[0m" : header).Append('\n');
        if (simulated)
        {
            text.Append("(simulated: this is the simulated agent's text; no AI model was asked)\n");
        }

        text.Append(result.HasOutput ? TerminalText.Visible(result.Output).TrimEnd('\n') : "(no output)").Append('\n');
        if (result.Error is { } error)
        {
            text.Append("error: ").Append(TerminalText.Visible(error)).Append('\n');
        }

        text.Append(EvidenceText.Of(result.Metadata["evidence"], result.WorkerId));
        if (Number(result.Metadata["leftovers_killed"]) is { } leftovers and > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"(left {leftovers:0} {(leftovers == 1 ? "process" : "processes")} behind; ended)\n");
        }

        foreach (var warning in result.Metadata["warnings"] as JsonArray ?? [])
        {
            text.Append("note: ").Append(TerminalText.OneLine(warning?.ToString() ?? "", 1000)).Append('\n');
        }

        if (Remedy.For(result) is { } remedy)
        {
            text.Append("what to do: ").Append(TerminalText.Visible(remedy)).Append('\n');
        }

        return text.Append('\n').ToString();
    }

    /// <summary>How many ended how, in one line.</summary>
    public static string Summary(IReadOnlyList<WorkerResult> results)
    {
        var counts = results.GroupBy(result => result.Status).OrderBy(group => group.Key).Select(group => $"{group.Count()} {group.Key.ToWire()}");
        return $"{results.Count} {(results.Count == 1 ? "worker" : "workers")}: {string.Join(", ", counts)}.";
    }

    private static IEnumerable<string> Figures(WorkerResult result)
    {
        yield return TerminalText.OneLine(result.WorkerId, 40);
        yield return result.Status.ToWire();
        yield return string.Create(CultureInfo.InvariantCulture, $"{result.Duration.TotalSeconds:0.0} s");
        if (Number(result.Metadata["usage"]?["total_tokens"]) is { } tokens)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{tokens:N0} tokens");
        }

        if (Number(result.Metadata["cost_usd"]) is { } cost)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"${cost:0.####}");
        }

        if (Number(result.Metadata["permission_denials"]) is { } denials and > 0)
        {
            string tools = string.Join(", ", (result.Metadata["denied_tools"] as JsonArray ?? []).Select(tool => tool?.ToString()));
            yield return TerminalText.OneLine(
                string.Create(CultureInfo.InvariantCulture, $"{denials:0} {(denials == 1 ? "denial" : "denials")}") + (tools.Length > 0 ? $" ({tools})" : ""), 200);
        }
    }

    // A value made in memory has the type that it was made with, one read from a file has none: its text is the same for both.
    private static decimal? Number(JsonNode? node) =>
        node is JsonValue && decimal.TryParse(node.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out decimal value) ? value : null;
}
