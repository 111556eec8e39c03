using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers.Runs;
using Xunit;

namespace McpWorkers.Tests.Workers;

public sealed class OutcomeDecisionTests
{
    private static readonly AgentVerdict Good = new AgentVerdict.Good();
    private static readonly AgentVerdict Refused = new AgentVerdict.Failed(FailureKind.Authentication, "key refused");
    private static readonly AgentVerdict Nothing = new AgentVerdict.NoResult("no final result");

    [Theory]
    [InlineData(StopKind.Cancelled, "cancelled", WorkerStatus.Cancelled)]
    [InlineData(StopKind.OwnerEnded, "cancelled", WorkerStatus.Cancelled)]
    [InlineData(StopKind.WallClock, "wall_clock", WorkerStatus.Timeout)]
    [InlineData(StopKind.Silence, "silence", WorkerStatus.Timeout)]
    [InlineData(StopKind.NoFirstOutput, "no_first_output", WorkerStatus.Timeout)]
    [InlineData(StopKind.OutputBytes, "output_limit", WorkerStatus.Failed)]
    [InlineData(StopKind.AfterResult, "completed", WorkerStatus.Completed)]
    public void A_recorded_stop_decides_whatever_the_agent_made_of_its_signal(StopKind kind, string name, WorkerStatus status)
    {
        var outcome = OutcomeDecision.Of(End(new ExitStatus.Code(0), kind), Good);

        Assert.Equal(name, OutcomeText.NameOf(outcome));
        Assert.Equal(status, OutcomeDecision.StatusOf(outcome));
    }

    [Fact]
    public void Without_an_exit_status_the_recorded_stop_gives_the_outcome_and_else_the_run_is_lost()
    {
        Assert.IsType<RunOutcome.Cancelled>(OutcomeDecision.Of(End(new ExitStatus.Unknown(), StopKind.Cancelled), Good));
        Assert.IsType<RunOutcome.Lost>(OutcomeDecision.Of(End(new ExitStatus.Unknown(), null), Good));
    }

    [Fact]
    public void A_bad_result_after_which_the_agent_would_not_go_stays_bad() =>
        Assert.IsType<RunOutcome.AgentFailed>(OutcomeDecision.Of(End(new ExitStatus.Code(143), StopKind.AfterResult), Refused));

    [Fact]
    public void A_hopeless_run_fails_with_what_its_stream_said()
    {
        var outcome = Assert.IsType<RunOutcome.AgentFailed>(OutcomeDecision.Of(End(new ExitStatus.Code(143), StopKind.Hopeless), Refused));

        Assert.Equal(FailureKind.Authentication, outcome.Kind);
        Assert.Equal("key refused", OutcomeText.ErrorOf(outcome));
    }

    [Fact]
    public void An_end_without_a_result_is_never_a_success() =>
        Assert.Equal(WorkerStatus.Failed, OutcomeDecision.StatusOf(OutcomeDecision.Of(End(new ExitStatus.Code(0), null), Nothing)));

    private static ExecutionEnd End(ExitStatus exit, StopKind? stop) => new()
    {
        Exit = exit,
        Stop = stop is { } kind ? new StopReason(kind, "a reason", TimeSpan.FromSeconds(5)) : null,
        Started = DateTimeOffset.UnixEpoch,
        Duration = TimeSpan.FromSeconds(7),
        Output = new(10, 0, 1, 0, false),
    };
}
