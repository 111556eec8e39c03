using McpWorkers.Engine.Model;
using McpWorkers.Mcp.Client;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Watch;

/// <summary>The last lines of what a worker writes, through all its runs.</summary>
internal sealed class WorkerTail(WorkerClient client, string workerId)
{
    private const int LinesMax = 500;

    private readonly Queue<string> _lines = new();
    private RunTail? _tail;

    /// <summary>Oldest first, control characters shown as text.</summary>
    public IReadOnlyList<string> Lines => [.. _lines];

    /// <summary>Reads what came; false where nothing did.</summary>
    /// <param name="runId">The worker's run now; null where it has none yet.</param>
    public async Task<bool> ReadAsync(string? runId, CancellationToken cancellationToken)
    {
        if (runId is not null && runId != _tail?.RunId && _tail is null or { IsOver: true })
        {
            _tail = runId is null ? null : new(client, workerId, runId);
            Add(_tail is null ? "" : $"-- {_tail.RunId}");
        }

        if (_tail is null or { IsOver: true })
        {
            return false;
        }

        try
        {
            var entries = await _tail.ReadAsync(cancellationToken);
            foreach (var entry in entries)
            {
                string text = TerminalText.Visible(entry.Text).TrimEnd('\n');
                foreach (string line in (entry.Kind == "text" ? text : $"[{TerminalText.OneLine(entry.Kind, 20)}] {text}").Split('\n'))
                {
                    Add(line.Replace("\t", "    ", StringComparison.Ordinal));
                }
            }

            return entries.Count > 0;
        }
        catch (RefusedException refused)
        {
            // No longer kept, or closed between the two looks.
            Add("-- " + TerminalText.OneLine(refused.Message, 200));
            _tail = null;
            return true;
        }
    }

    private void Add(string line)
    {
        _lines.Enqueue(line);
        if (_lines.Count > LinesMax)
        {
            _lines.Dequeue();
        }
    }
}
