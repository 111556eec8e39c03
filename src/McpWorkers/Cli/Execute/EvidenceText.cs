using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using McpWorkers.Cli.Workspaces;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Execute;

/// <summary>What speaks for a run beside its own word: the changes, the checks, and what can be done with them next.</summary>
internal static class EvidenceText
{
    private const int FilesShown = 20;

    /// <summary>Lines, or nothing.</summary>
    /// <param name="evidence">A result's <c>metadata.evidence</c>.</param>
    public static string Of(JsonNode? evidence, string workerId)
    {
        if (evidence is not JsonObject)
        {
            return "";
        }

        var text = new StringBuilder();
        var changes = evidence["changes"];
        if (changes is JsonObject)
        {
            text.Append("changes: ").Append(ChangesText.Of(changes, FilesShown));
        }

        if (evidence["checks"] is JsonArray { Count: > 0 } checks)
        {
            text.Append("checks:\n").Append(ChangesText.Checks(checks));
        }

        foreach (var note in evidence["notes"] as JsonArray ?? [])
        {
            text.Append("note: ").Append(TerminalText.OneLine(note?.ToString() ?? "", 1000)).Append('\n');
        }

        if (ChangesText.HoldsSomething(changes))
        {
            string id = TerminalText.OneLine(workerId, 40);
            text.Append(CultureInfo.InvariantCulture, $"next: mcpworkers workers diff {id} · mcpworkers workers merge {id} · mcpworkers workers discard {id}\n");
        }

        return text.ToString();
    }
}
