using System.Globalization;
using McpWorkers.Engine.Model;
using McpWorkers.Mcp.Client;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Watch;

/// <summary>What a key asks for beyond the view itself.</summary>
internal abstract record MonitorWish
{
    private MonitorWish()
    {
    }

    internal sealed record Quit : MonitorWish;

    /// <summary>Show what this worker writes.</summary>
    internal sealed record Follow(string WorkerId) : MonitorWish;

    /// <summary>Back to the table.</summary>
    internal sealed record Leave : MonitorWish;

    /// <summary>Stop the run of this worker.</summary>
    internal sealed record Cancel(string WorkerId) : MonitorWish;
}

/// <summary>The live view's state and what it looks like; knows no terminal, no clock and no daemon.</summary>
internal sealed class MonitorModel(bool colours)
{
    private const int BarWidth = 24;
    private const string KeysLine = "↑↓ select  enter follow  c cancel  w only those at work  q quit";

    private readonly MonitorTable _table = new(colours);
    private readonly BatchForecast _forecast = new();
    private IReadOnlyList<WorkerState> _workers = [];
    private string? _selected;
    private int _top;
    private int _page = 1;
    private bool _onlyAtWork;
    private string? _asked;

    /// <summary>The worker whose log is shown instead of the table; null for the table.</summary>
    public string? Followed { get; private set; }

    /// <summary>The last lines of that log, newest last, without control characters.</summary>
    public IReadOnlyList<string> Log { get; set; } = [];

    /// <summary>In place of the keys until the next key.</summary>
    public string Message { get; set; } = "";

    public void Look(IReadOnlyList<WorkerState> workers)
    {
        _workers = workers;
        _forecast.Look(workers);
    }

    /// <summary>Takes a key; null where it concerns the view alone.</summary>
    public MonitorWish? Press(ConsoleKeyInfo key)
    {
        Message = "";
        if (_asked is { } asked)
        {
            _asked = null;
            return key.KeyChar is 'y' or 'Y' ? new MonitorWish.Cancel(asked) : null;
        }

        return Followed is null ? PressInTable(key) : PressInLog(key);
    }

    public IReadOnlyList<string> Lines(int width, int height)
    {
        int rows = Math.Max(1, height - 4);
        _page = rows;
        return Followed is null
            ? [Summary(width), Progress(width), .. TableLines(width, rows), .. Foot(width, rows)]
            : [Cut($"{Followed}  {StatusOf(Followed)}", width), "", .. Log.TakeLast(height - 3).Select(line => Cut(line, width)), .. Enumerable.Repeat("", Math.Max(0, height - 3 - Log.Count)), Footer("q back to the table  c cancel", width)];
    }

    private MonitorWish? PressInTable(ConsoleKeyInfo key)
    {
        switch (key)
        {
            case { KeyChar: 'q' or 'Q' }:
                return new MonitorWish.Quit();
            case { Key: ConsoleKey.UpArrow } or { KeyChar: 'k' }:
                Move(-1);
                return null;
            case { Key: ConsoleKey.DownArrow } or { KeyChar: 'j' }:
                Move(1);
                return null;
            case { Key: ConsoleKey.PageUp }:
                Move(-_page);
                return null;
            case { Key: ConsoleKey.PageDown }:
                Move(_page);
                return null;
            case { Key: ConsoleKey.Home }:
                Move(-_workers.Count);
                return null;
            case { Key: ConsoleKey.End }:
                Move(_workers.Count);
                return null;
            case { KeyChar: 'w' }:
                _onlyAtWork = !_onlyAtWork;
                return null;
            case { Key: ConsoleKey.Enter } or { KeyChar: 'f' } when Selected() is { } worker:
                Followed = worker;
                Log = [];
                return new MonitorWish.Follow(worker);
            case { KeyChar: 'c' } when Selected() is { } worker:
                _asked = worker;
                return null;
            default:
                return null;
        }
    }

    private MonitorWish.Leave? PressInLog(ConsoleKeyInfo key)
    {
        switch (key)
        {
            case { Key: ConsoleKey.Escape } or { KeyChar: 'q' or 'Q' }:
                Followed = null;
                return new MonitorWish.Leave();
            case { KeyChar: 'c' }:
                _asked = Followed;
                return null;
            default:
                return null;
        }
    }

    private List<WorkerState> Shown() => _onlyAtWork ? [.. _workers.Where(worker => worker.IsAtWork)] : [.. _workers];

    /// <summary>The worker that is marked; the first where the marked one is gone.</summary>
    private string? Selected()
    {
        var shown = Shown();
        return shown.Any(worker => worker.WorkerId == _selected) ? _selected : shown.FirstOrDefault()?.WorkerId;
    }

    private void Move(int by)
    {
        var shown = Shown();
        if (shown.Count > 0)
        {
            int at = Math.Max(0, shown.FindIndex(worker => worker.WorkerId == _selected));
            _selected = shown[Math.Clamp(at + by, 0, shown.Count - 1)].WorkerId;
        }
    }

    private string Summary(int width)
    {
        var counts = _workers.GroupBy(worker => worker.Status).OrderBy(group => group.Key).Select(
            group => string.Create(CultureInfo.InvariantCulture, $"{group.Count()} {group.Key.ToWire()}"));
        decimal tokens = _workers.Sum(worker => worker.Tokens ?? 0);
        decimal cost = _workers.Sum(worker => worker.CostUsd ?? 0);
        string all = _workers.Count == 1 ? "1 worker" : string.Create(CultureInfo.InvariantCulture, $"{_workers.Count} workers");
        return Cut(
            $"mcpworkers  {all}{(_workers.Count == 0 ? "" : ": " + string.Join(", ", counts))}"
            + (tokens > 0 ? $"  {Figures.Count(tokens)} tokens" : "") + (cost > 0 ? $"  {Figures.Cost(cost)}" : ""),
            width);
    }

    private string Progress(int width)
    {
        if (_forecast.Total == 0)
        {
            return "";
        }

        int full = BarWidth * _forecast.Done / _forecast.Total;
        string left = _forecast.Left is { } time ? $"  about {Figures.Time(time)} left" : "";
        return Cut(
            string.Create(CultureInfo.InvariantCulture, $"[{new string('#', full)}{new string('.', BarWidth - full)}] {_forecast.Done} of {_forecast.Total} runs{left}"), width);
    }

    private IReadOnlyList<string> TableLines(int width, int rows)
    {
        var shown = Shown();
        string? selected = Selected();
        int at = shown.FindIndex(worker => worker.WorkerId == selected);
        int room = shown.Count > rows ? rows - 1 : rows;
        _top = Math.Clamp(_top, Math.Max(0, at - room + 1), Math.Max(0, at));
        _top = Math.Clamp(_top, 0, Math.Max(0, shown.Count - room));
        return _table.Lines(_workers, [.. shown.Skip(_top).Take(room)], selected, width);
    }

    /// <summary>What fills the screen below the rows, and the last line.</summary>
    private IEnumerable<string> Foot(int width, int rows)
    {
        int count = Shown().Count;
        if (count > rows)
        {
            int room = rows - 1;
            yield return Cut(string.Create(CultureInfo.InvariantCulture, $"  … {_top + 1}–{Math.Min(count, _top + room)} of {count}"), width);
        }

        for (int row = Math.Min(count, rows); row < rows; row++)
        {
            yield return row == 0 ? Cut(_onlyAtWork ? "  Nothing is at work." : "  There are no workers.", width) : "";
        }

        yield return Footer(KeysLine, width);
    }

    private string Footer(string keys, int width) => Cut(
        _asked is { } asked ? $"Cancel the run of {asked}? y/n" : Message.Length > 0 ? TerminalText.OneLine(Message, width) : keys, width);

    private string StatusOf(string workerId) =>
        _workers.FirstOrDefault(worker => worker.WorkerId == workerId) is { } worker
            ? $"{worker.WorkerType}  {worker.Status.ToWire()}{(worker.RunId is null ? "" : "  " + Figures.Time(worker.Elapsed))}"
            : "closed";

    private static string Cut(string text, int width) => text.Length <= width ? text : text[..Math.Max(0, width)];
}
