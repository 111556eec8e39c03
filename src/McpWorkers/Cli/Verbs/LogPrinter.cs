using System.Text.Json.Nodes;
using McpWorkers.Mcp.Client;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Verbs;

/// <summary>
/// Entries of a run's log on standard output. An agent may write what moves a terminal's cursor, sets its title or fills its clipboard:
/// a terminal gets control characters as visible text, whatever was asked for.
/// </summary>
/// <param name="json">One object a line: <c>{run_id, offset, kind, text}</c>.</param>
/// <param name="raw">Leaves control characters as they are, but never on a terminal.</param>
internal sealed class LogPrinter(CliEnvironment environment, bool json, bool raw)
{
    private readonly bool _visible = environment.OutIsTerminal || !raw;

    /// <summary>Says that what follows is of another run.</summary>
    public async Task NextRunAsync(string runId)
    {
        if (!json)
        {
            await environment.Error.WriteLineAsync($"-- {TerminalText.OneLine(runId, 40)}");
        }
    }

    public async Task PrintAsync(string runId, RunLogEntry entry)
    {
        if (json)
        {
            var line = new JsonObject { ["run_id"] = runId, ["offset"] = entry.Offset, ["kind"] = entry.Kind, ["text"] = entry.Text };
            await environment.Out.WriteLineAsync(line.ToJsonString(ResultJson.Relaxed));
            return;
        }

        string text = (_visible ? TerminalText.Visible(entry.Text) : entry.Text).TrimEnd('\n');
        string kind = TerminalText.OneLine(entry.Kind, 20);
        await environment.Out.WriteLineAsync(kind == "text" ? text : $"[{kind}] {text}");
    }
}
