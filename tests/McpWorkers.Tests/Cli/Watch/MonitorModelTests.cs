using System.Text.RegularExpressions;
using McpWorkers.Cli.Watch;
using McpWorkers.Engine.Model;
using McpWorkers.Mcp.Client;
using Xunit;

namespace McpWorkers.Tests.Cli.Watch;

public sealed partial class MonitorModelTests
{
    private readonly MonitorModel _model = new(colours: false);

    [Fact]
    public void The_screen_shows_all_that_is_known_of_each_worker()
    {
        _model.Look(
        [
            new()
            {
                WorkerId = "term_a", WorkerType = "terminal-claude", Status = WorkerStatus.Running, RunId = "run_a", Elapsed = TimeSpan.FromSeconds(187), Waiting = 1,
                Tokens = 12_345, CostUsd = 0.12m, CpuPercent = 43, MemoryBytes = 300 << 20, Activity = "Bash make\u001b[2J test",
            },
            new() { WorkerId = "term_b", WorkerType = "echo", Status = WorkerStatus.Completed, RunId = "run_b", Elapsed = TimeSpan.FromSeconds(4.2), HasResult = true },
        ]);

        Assert.Equal(
            """
            mcpworkers  2 workers: 1 running, 1 completed  12.3k tokens  $0.12
            [........................] 0 of 2 runs
            WORKER  TYPE             STATE      TIME  WAIT  TOKENS   COST  CPU  MEMORY  DOING
            term_a  terminal-claude  running    3:07     1   12.3k  $0.12  43%  300 MB  Bash make\e[2J test
            term_b  echo             completed   4 s                                    (has a result to collect)



            ↑↓ select  enter follow  c cancel  w only those at work  q quit
            """,
            Plain(_model.Lines(120, 9)));
    }

    [Fact]
    public void The_task_that_a_worker_is_at_has_a_column_once_there_is_one()
    {
        _model.Look([Worker(1) with { TaskId = "task_0123456789abcdef" }]);

        Assert.Matches("^WORKER +.*STATE +TASK +TIME.*\nterm_001 .* task_0123456789abcdef  ", string.Join('\n', Plain(_model.Lines(100, 6)).Split('\n')[2..4]));
        Assert.DoesNotContain("TASK", Plain(_model.Lines(50, 6)), StringComparison.Ordinal);
    }

    [Fact]
    public void On_a_narrow_screen_what_a_worker_does_goes_before_its_figures()
    {
        _model.Look([Worker(1) with { CpuPercent = 5, MemoryBytes = 1 << 20, Tokens = 9, CostUsd = 1, Activity = "reads the whole repository" }]);

        Assert.Equal(
            """
            WORKER    STATE    TIME  DOING
            term_001  running   1 s  reads the whole repo…
            """,
            string.Join('\n', Plain(_model.Lines(46, 6)).Split('\n')[2..4]));
        Assert.All(Plain(_model.Lines(46, 6)).Split('\n'), line => Assert.True(line.Length <= 46, line));
    }

    [Fact]
    public void Of_a_hundred_only_what_fits_is_there_and_the_selected_one_always_is()
    {
        _model.Look([.. Enumerable.Range(1, 100).Select(Worker)]);

        string first = Plain(_model.Lines(80, 14));
        Assert.Equal(14, first.Split('\n').Length);
        Assert.Contains("term_009", first, StringComparison.Ordinal);
        Assert.DoesNotContain("term_010", first, StringComparison.Ordinal);
        Assert.Contains("… 1–9 of 100", first, StringComparison.Ordinal);
        Press(ConsoleKey.End);
        string last = Plain(_model.Lines(80, 14));
        Assert.Contains("term_100", last, StringComparison.Ordinal);
        Assert.Contains("… 92–100 of 100", last, StringComparison.Ordinal);
        Press(ConsoleKey.UpArrow);
        Assert.Equal(new MonitorWish.Follow("term_099"), Press(ConsoleKey.Enter));
    }

    [Fact]
    public void Cancelling_asks_and_only_yes_does_it()
    {
        _model.Look([Worker(1), Worker(2)]);
        Press(ConsoleKey.DownArrow);

        Assert.Null(Press('c'));
        Assert.EndsWith("Cancel the run of term_002? y/n", Plain(_model.Lines(80, 10)), StringComparison.Ordinal);
        Assert.Null(Press('q'));
        Press('c');
        Assert.Equal(new MonitorWish.Cancel("term_002"), Press('y'));
        Assert.Equal(new MonitorWish.Quit(), Press('q'));
    }

    [Fact]
    public void A_followed_log_takes_the_screen_until_it_is_left()
    {
        _model.Look([Worker(1)]);
        Assert.Equal(new MonitorWish.Follow("term_001"), Press('f'));
        _model.Log = [.. Enumerable.Range(1, 50).Select(i => $"line {i}")];

        string[] lines = Plain(_model.Lines(80, 8)).Split('\n');
        Assert.Equal(["term_001  echo  running  1 s", "", "line 46", "line 47", "line 48", "line 49", "line 50", "q back to the table  c cancel"], lines);
        Assert.Equal(new MonitorWish.Leave(), Press('q'));
        Assert.Contains("WORKER", Plain(_model.Lines(80, 8)), StringComparison.Ordinal);
    }

    [Fact]
    public void Those_at_rest_can_be_left_out()
    {
        _model.Look([Worker(1), Worker(2) with { Status = WorkerStatus.Pending }]);
        Press('w');

        Assert.DoesNotContain("term_002", Plain(_model.Lines(80, 8)), StringComparison.Ordinal);
        _model.Look([Worker(2) with { Status = WorkerStatus.Pending }]);
        Assert.Contains("Nothing is at work.", Plain(_model.Lines(80, 8)), StringComparison.Ordinal);
    }

    private static WorkerState Worker(int number) => BatchForecastTests.Worker($"term_{number:000}", WorkerStatus.Running, 1);

    private MonitorWish? Press(ConsoleKey key) => _model.Press(new('\0', key, false, false, false));

    private MonitorWish? Press(char key) => _model.Press(new(key, default, false, false, false));

    private static string Plain(IReadOnlyList<string> lines) => string.Join('\n', lines.Select(line => Sgr().Replace(line, "").TrimEnd()));

    [GeneratedRegex("\u001b\\[[0-9]*m")]
    private static partial Regex Sgr();
}
