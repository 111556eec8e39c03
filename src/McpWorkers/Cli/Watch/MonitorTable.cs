using System.Text;
using McpWorkers.Engine.Model;
using McpWorkers.Mcp.Client;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Watch;

/// <summary>The rows of the live table: columns as wide as they must be and no narrower than before, so that nothing jumps.</summary>
internal sealed class MonitorTable(bool colours)
{
    private const string Gap = "  ";
    private const int ActivityMin = 20;
    private const int TypeMax = 18;

    private static readonly Column[] Columns =
    [
        new("WORKER", false, 0, static worker => TerminalText.OneLine(worker.WorkerId, 20)),
        new("TYPE", false, 1, static worker => TerminalText.OneLine(worker.WorkerType, TypeMax)),
        new("STATE", false, 0, static worker => worker.Status.ToWire()),
        new("TASK", false, 4, static worker => TerminalText.OneLine(worker.TaskId ?? "", 21)) { IsOptional = true },
        new("TIME", true, 0, static worker => worker.RunId is null ? "" : Figures.Time(worker.Elapsed)),
        new("WAIT", true, 5, static worker => worker.Waiting == 0 ? "" : Figures.Count(worker.Waiting)),
        new("TOKENS", true, 2, static worker => worker.Tokens is { } tokens ? Figures.Count(tokens) : ""),
        new("COST", true, 3, static worker => worker.CostUsd is { } cost ? Figures.Cost(cost) : ""),
        new("CPU", true, 4, static worker => worker.CpuPercent is { } percent ? Figures.Percent(percent) : ""),
        new("MEMORY", true, 4, static worker => worker.MemoryBytes is { } bytes ? Figures.Bytes(bytes) : ""),
    ];

    private readonly int[] _widths = new int[Columns.Length];

    /// <summary>The head, and a row for each worker given.</summary>
    /// <param name="all">Those that are there, shown or not: they make the columns' widths.</param>
    /// <param name="shown">The rows.</param>
    /// <param name="selected">The id of the worker that is marked; null for none.</param>
    /// <param name="width">Of the screen, in characters.</param>
    public IReadOnlyList<string> Lines(IReadOnlyList<WorkerState> all, IReadOnlyList<WorkerState> shown, string? selected, int width)
    {
        for (int i = 0; i < Columns.Length; i++)
        {
            var column = Columns[i];
            int widest = all.Count == 0 ? 0 : all.Max(worker => column.Cell(worker).Length);

            // Without anything in it a column is not there; once there it stays.
            int wanted = widest == 0 && (column.IsNumber || column.IsOptional) ? 0 : Math.Max(widest, column.Head.Length);
            _widths[i] = Math.Max(_widths[i], wanted);
        }

        int[] fitting = Fitting(width);
        int activity = Math.Max(0, width - fitting.Sum(i => _widths[i] + Gap.Length));
        string head = string.Join(Gap, fitting.Select(i => Padded(Columns[i], Columns[i].Head, _widths[i])).Append("DOING"));
        return [Sgr("1", Cut(head, width)), .. shown.Select(worker => Row(worker, fitting, activity, width, worker.WorkerId == selected))];
    }

    private string Row(WorkerState worker, int[] fitting, int activity, int width, bool isSelected)
    {
        string doing = TerminalText.OneLine(
            worker.Doing.Length > 0 ? (worker.Simulated ? "(simulated) " : "") + worker.Doing : worker.HasResult ? "(has a result to collect)" : "", Math.Max(1, activity));
        var row = new StringBuilder();
        int used = 0;
        foreach (int i in fitting)
        {
            string cell = Padded(Columns[i], Columns[i].Cell(worker), _widths[i]);
            row.Append(!isSelected && Columns[i].Head == "STATE" ? Sgr(ColourOf(worker.Status), cell) : cell).Append(Gap);
            used += cell.Length + Gap.Length;
        }

        row.Append(doing);
        used += doing.Length;

        // Marked by more than a colour: a terminal may have none.
        return isSelected ? "\u001b[7m" + row.Append(' ', Math.Max(0, width - used)) + "\u001b[0m" : row.ToString();
    }

    /// <summary>The columns that leave room for what a worker does: the least important go first.</summary>
    private int[] Fitting(int width)
    {
        int[] there = [.. Enumerable.Range(0, Columns.Length).Where(i => _widths[i] > 0)];
        for (int least = 5; least > 0 && there.Sum(i => _widths[i] + Gap.Length) + ActivityMin > width; least--)
        {
            there = [.. there.Where(i => Columns[i].Rank != least)];
        }

        return there;
    }

    private string Sgr(string? code, string text) => code is null || (!colours && code is not "1") ? text : $"\u001b[{code}m{text}\u001b[0m";

    private static string? ColourOf(WorkerStatus status) => status switch
    {
        WorkerStatus.Completed => "32",
        WorkerStatus.Failed or WorkerStatus.Timeout => "31",
        WorkerStatus.Cancelled => "33",
        WorkerStatus.Running or WorkerStatus.Starting => "34",
        _ => null,
    };

    private static string Cut(string text, int width) => text.Length <= width ? text : text[..width];

    private static string Padded(Column column, string text, int width) => column.IsNumber ? text.PadLeft(width) : text.PadRight(width);

    /// <param name="Rank">Columns of a higher one go first where there is no room; 0 stays.</param>
    private sealed record Column(string Head, bool IsNumber, int Rank, Func<WorkerState, string> Cell)
    {
        /// <summary>Not there until there is something in it, as those of numbers.</summary>
        public bool IsOptional { get; init; }
    }
}
