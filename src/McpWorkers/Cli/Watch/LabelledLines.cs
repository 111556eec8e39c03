using McpWorkers.Mcp.Client;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Watch;

/// <summary>What several workers write, interleaved: each line with the worker that wrote it, control characters shown as text.</summary>
/// <param name="colours">Each worker's label in one of its own.</param>
internal sealed class LabelledLines(TextWriter output, bool colours)
{
    private static readonly string[] Sgr = ["36", "33", "35", "32", "34", "31"];

    private readonly Dictionary<string, string> _labels = [];

    public async Task WriteAsync(string workerId, RunLogEntry entry)
    {
        string text = TerminalText.Visible(entry.Text).TrimEnd('\n');
        foreach (string line in (entry.Kind == "text" ? text : $"[{TerminalText.OneLine(entry.Kind, 20)}] {text}").Split('\n'))
        {
            await output.WriteLineAsync($"{LabelOf(workerId)} {line}");
        }
    }

    /// <summary>Something about a worker that it did not write.</summary>
    public Task NoteAsync(string workerId, string note) => output.WriteLineAsync($"{LabelOf(workerId)} -- {TerminalText.OneLine(note, 300)}");

    private string LabelOf(string workerId)
    {
        if (!_labels.TryGetValue(workerId, out string? label))
        {
            string name = $"[{TerminalText.OneLine(workerId, 40)}]";
            label = colours ? $"\u001b[{Sgr[_labels.Count % Sgr.Length]}m{name}\u001b[0m" : name;
            _labels[workerId] = label;
        }

        return label;
    }
}
