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

    private static readonly string[] Head = ["WORKER", "TYPE", "STATE", "TIME", "WAITING", "RUNS"];

    private const string ImageHead = "IMAGE";
    private const string ActivityHead = "DOING";

    /// <param name="width">Of a line, in characters; null where nothing needs to be cut.</param>
    public static string Of(IReadOnlyList<WorkerState> workers, int? width)
    {
        // Most have none, and then the room is the activity's.
        bool hasImages = workers.Any(worker => worker.Image is not null);
        string[][] rows = [[.. Head, .. hasImages ? [ImageHead] : Array.Empty<string>(), ActivityHead], .. workers.Select(worker => Row(worker, hasImages))];
        int[] widths = [.. Enumerable.Range(0, rows[0].Length - 1).Select(column => rows.Max(row => row[column].Length))];
        int activity = width is { } all ? Math.Max(ActivityMin, all - widths.Sum() - (Gap.Length * widths.Length) - 1) : int.MaxValue;
        return string.Concat(rows.Select(row =>
            (string.Join(Gap, widths.Select((columnWidth, column) => Padded(row[column], columnWidth, isNumber: column is 3 or 4 or 5)))
                + Gap + TerminalText.OneLine(row[^1], activity)).TrimEnd() + "\n"));
    }

    private static string[] Row(WorkerState worker, bool hasImages) =>
    [
        TerminalText.OneLine(worker.WorkerId, 40),
        TerminalText.OneLine(worker.WorkerType, 40),
        worker.Status.ToWire(),
        worker.RunId is null ? "" : string.Create(CultureInfo.InvariantCulture, $"{worker.Elapsed.TotalSeconds:0.0} s"),
        worker.Waiting == 0 ? "" : worker.Waiting.ToString(CultureInfo.InvariantCulture),
        worker.RunsDone.ToString(CultureInfo.InvariantCulture),
        .. hasImages ? [TerminalText.OneLine(worker.Image ?? "", 40)] : Array.Empty<string>(),
        worker.Doing.Length > 0 ? (worker.Simulated ? "(simulated) " : "") + worker.Doing
            : worker.HasResult ? "(has a result to collect)" : "",
    ];

    private static string Padded(string text, int width, bool isNumber) => isNumber ? text.PadLeft(width) : text.PadRight(width);
}
