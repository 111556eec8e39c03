using System.Globalization;
using McpWorkers.Engine.Model;
using McpWorkers.Mcp.Client;
using McpWorkers.Rendering;
using Spectre.Console;

namespace McpWorkers.Cli.Execute;

/// <summary>A table that is drawn over itself, four times a second: a line for each worker.</summary>
internal sealed class LiveProgress(CliEnvironment environment) : IProgressView
{
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(250);

    // Of all columns but the activity, with the gaps between them.
    private const int FixedWidth = 17 + 9 + 8 + 11 + 10;

    private volatile string _message = "";

    public async Task ShowAsync(WorkerWatch watch, Task finished)
    {
        var console = Console();
        await console.Live(TableOf(watch.Latest, console.Profile)).AutoClear(false).StartAsync(async live =>
        {
            using var timer = new PeriodicTimer(Refresh, environment.Time);
            while (!finished.IsCompleted)
            {
                live.UpdateTarget(TableOf(watch.Latest, console.Profile));
                await Task.WhenAny(finished, timer.WaitForNextTickAsync().AsTask());
            }

            // The last state stays on the screen, also of work that was done before the first look.
            live.UpdateTarget(TableOf(watch.Latest, console.Profile));
        });
    }

    public void Say(string message) => _message = message;

    private IAnsiConsole Console()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            Interactive = InteractionSupport.Yes,
            ColorSystem = environment.Colours ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Out = new AnsiConsoleOutput(environment.Error),
        });
        if (environment.Width is { } width)
        {
            console.Profile.Width = width;
        }

        if (environment.Height is { } height)
        {
            console.Profile.Height = height;
        }

        return console;
    }

    private Table TableOf(IReadOnlyList<WorkerState> workers, Profile screen)
    {
        var table = new Table().Border(TableBorder.None);
        table.AddColumn(new TableColumn("Worker").NoWrap());
        table.AddColumn(new TableColumn("State").NoWrap());
        table.AddColumn(new TableColumn("Time").RightAligned().NoWrap());
        table.AddColumn(new TableColumn("Tokens").RightAligned().NoWrap());
        table.AddColumn(new TableColumn("Doing").NoWrap());
        int rows = Math.Max(1, screen.Height - 4);
        int activity = Math.Max(10, screen.Width - FixedWidth);
        foreach (var worker in Fitting(workers, rows))
        {
            table.AddRow(
                new Text(worker.WorkerId),
                new Text(worker.Status.ToWire(), StyleOf(worker.Status)),
                new Text(string.Create(CultureInfo.InvariantCulture, $"{worker.Elapsed.TotalSeconds:0.0} s")),
                new Text(worker.Tokens?.ToString("N0", CultureInfo.InvariantCulture) ?? ""),
                new Text(TerminalText.OneLine((worker.Simulated ? "(simulated) " : "") + worker.Doing, activity)));
        }

        string hidden = workers.Count > rows ? $"… and {workers.Count - rows} more" : "";
        string caption = string.Join("  ", new[] { hidden, _message }.Where(part => part.Length > 0));
        return caption.Length == 0 ? table : table.Caption(new TableTitle(Markup.Escape(TerminalText.OneLine(caption, screen.Width - 1))));
    }

    /// <summary>In their order where all fit; else those at work first.</summary>
    private static IEnumerable<WorkerState> Fitting(IReadOnlyList<WorkerState> workers, int rows) => workers.Count <= rows
        ? workers
        : workers.OrderBy(worker => worker.Status == WorkerStatus.Running ? 0 : worker.Status.IsSettled() ? 2 : 1).Take(rows);

    private static Style StyleOf(WorkerStatus status) => status switch
    {
        WorkerStatus.Completed => new Style(Color.Green),
        WorkerStatus.Failed or WorkerStatus.Timeout => new Style(Color.Red),
        WorkerStatus.Cancelled => new Style(Color.Yellow),
        WorkerStatus.Running => new Style(Color.Blue),
        _ => Style.Plain,
    };
}
