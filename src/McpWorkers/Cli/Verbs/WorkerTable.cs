using System.Globalization;
using McpWorkers.Engine.Model;
using McpWorkers.Mcp.Client;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Verbs;

/// <summary>Workers for a person: columns as wide as they must be, the last one as wide as there is room.</summary>
internal static class WorkerTable
{
    private const string Gap = "  ";

    // A terminal that is narrower than the other columns still shows the beginning of what a worker does.
    private const int ActivityMin = 10;

    private static readonly string[] Head = ["WORKER", "TYPE", "STATE", "TIME", "WAITING", "RUNS", "DOING"];

    /// <param name="width">Of a line, in characters; null where nothing needs to be cut.</param>
    public static string Of(IReadOnlyList<WorkerState> workers, int? width)
    {
        string[][] rows = [Head, .. workers.Select(Row)];
        int[] widths = [.. Enumerable.Range(0, Head.Length - 1).Select(column => rows.Max(row => row[column].Length))];
        int activity = width is { } all ? Math.Max(ActivityMin, all - widths.Sum() - (Gap.Length * widths.Length) - 1) : int.MaxValue;
        return string.Concat(rows.Select(row =>
            (string.Join(Gap, widths.Select((columnWidth, column) => Padded(row[column], columnWidth, isNumber: column is 3 or 4 or 5)))
                + Gap + TerminalText.OneLine(row[^1], activity)).TrimEnd() + "\n"));
    }

    private static string[] Row(WorkerState worker) =>
    [
        TerminalText.OneLine(worker.WorkerId, 40),
        TerminalText.OneLine(worker.WorkerType, 40),
        worker.Status.ToWire(),
        worker.RunId is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{worker.Elapsed.TotalSeconds:0.0} s"),
        worker.Waiting == 0 ? "" : worker.Waiting.ToString(CultureInfo.InvariantCulture),
        worker.RunsDone.ToString(CultureInfo.InvariantCulture),
        worker.Activity.Length > 0 ? (worker.Simulated ? "(simulated) " : "") + worker.Activity
            : worker.HasResult ? "(has a result to collect)" : "",
    ];

    private static string Padded(string text, int width, bool isNumber) => isNumber ? text.PadLeft(width) : text.PadRight(width);
}
