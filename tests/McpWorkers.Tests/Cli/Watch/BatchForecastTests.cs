using McpWorkers.Cli.Watch;
using McpWorkers.Engine.Model;
using McpWorkers.Mcp.Client;
using Xunit;

namespace McpWorkers.Tests.Cli.Watch;

public sealed class BatchForecastTests
{
    private readonly BatchForecast _forecast = new();

    [Fact]
    public void Nothing_is_told_of_the_end_before_something_has_ended()
    {
        _forecast.Look([Worker("a", WorkerStatus.Running, 5), Worker("b", WorkerStatus.Running, 5, waiting: 2)]);

        Assert.Equal((0, 4, null), (_forecast.Done, _forecast.Total, _forecast.Left));
    }

    [Fact]
    public void The_rest_is_reckoned_from_what_ended()
    {
        _forecast.Look([Worker("a", WorkerStatus.Running, 9), Worker("b", WorkerStatus.Running, 1)]);
        _forecast.Look([Worker("a", WorkerStatus.Completed, 10, done: 1), Worker("b", WorkerStatus.Running, 2)]);

        Assert.Equal((1, 2, TimeSpan.FromSeconds(8)), (_forecast.Done, _forecast.Total, _forecast.Left));
    }

    [Fact]
    public void What_waits_is_shared_among_those_at_work()
    {
        _forecast.Look([Worker("a", WorkerStatus.Running, 9, waiting: 4), Worker("b", WorkerStatus.Running, 9, waiting: 2)]);
        _forecast.Look([Worker("a", WorkerStatus.Running, 0, done: 1, waiting: 3), Worker("b", WorkerStatus.Running, 0, done: 1, waiting: 1)]);

        // Two of nine seconds go on, four wait: six for two at once.
        Assert.Equal((2, 8, TimeSpan.FromSeconds(27)), (_forecast.Done, _forecast.Total, _forecast.Left));
    }

    [Fact]
    public void A_worker_that_was_closed_with_its_run_counts_as_done()
    {
        _forecast.Look([Worker("a", WorkerStatus.Running, 4), Worker("b", WorkerStatus.Running, 1)]);
        _forecast.Look([Worker("b", WorkerStatus.Running, 2)]);

        Assert.Equal((1, 2, TimeSpan.FromSeconds(2)), (_forecast.Done, _forecast.Total, _forecast.Left));
    }

    [Fact]
    public void Work_after_a_rest_begins_anew_and_what_takes_longer_than_the_others_has_no_end_in_sight()
    {
        _forecast.Look([Worker("a", WorkerStatus.Running, 4)]);
        _forecast.Look([Worker("a", WorkerStatus.Completed, 4, done: 1)]);
        _forecast.Look([Worker("a", WorkerStatus.Running, 0, done: 1), Worker("b", WorkerStatus.Running, 0)]);

        Assert.Equal((0, 2), (_forecast.Done, _forecast.Total));
        _forecast.Look([Worker("a", WorkerStatus.Completed, 1, done: 2), Worker("b", WorkerStatus.Running, 60)]);
        Assert.Null(_forecast.Left);
    }

    internal static WorkerState Worker(string id, WorkerStatus status, double seconds, int done = 0, int waiting = 0) => new()
    {
        WorkerId = id,
        WorkerType = "echo",
        Status = status,
        RunId = "run_" + id,
        Elapsed = TimeSpan.FromSeconds(seconds),
        RunsDone = done,
        Waiting = waiting,
    };
}
