using System.Text.Json.Nodes;
using McpWorkers.Mcp.Client;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Verbs;

/// <summary>
/// Entries of a run's log on standard output. An agent may write what moves a terminal's cursor, sets its title or fills its clipboard:
/// control characters are shown as text.
/// </summary>
/// <param name="json">One object a line: <c>{run_id, offset, kind, text}</c>.</param>
internal sealed class LogPrinter(CliEnvironment environment, bool json, LogKinds kinds)
{
    /// <summary>Says that what follows is of another run.</summary>
    public async Task NextRunAsync(string runId)
    {
        if (!json)
        {
            await environment.Error.WriteLineAsync($"-- {TerminalText.OneLine(runId, 40)}");
        }
    }

    public bool Shows(RunLogEntry entry) => kinds switch
    {
        LogKinds.Text => entry.Kind == "text",
        LogKinds.Tools => entry.Kind is "tool_call" or "tool_result" or "tool_error" or "denied",
        _ => true,
    };

    public async Task PrintAsync(string runId, RunLogEntry entry)
    {
        if (json)
        {
            var line = new JsonObject { ["run_id"] = runId, ["offset"] = entry.Offset, ["kind"] = entry.Kind, ["text"] = entry.Text };
            await environment.Out.WriteLineAsync(line.ToJsonString(ResultJson.Relaxed));
            return;
        }

        string text = TerminalText.Visible(entry.Text).TrimEnd('\n');
        string kind = TerminalText.OneLine(entry.Kind, 20);
        await environment.Out.WriteLineAsync(kind == "text" ? text : $"[{kind}] {text}");
    }
}
