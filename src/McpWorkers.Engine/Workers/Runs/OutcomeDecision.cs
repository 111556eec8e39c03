using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers.Runs;

/// <summary>Says how a run ended, from how its command ended and what its agent said. Pure: no clock, no files.</summary>
internal static class OutcomeDecision
{
    public static RunOutcome Of(ExecutionEnd end, AgentVerdict verdict) => (end.Stop, end.Exit) switch
    {
        // A recorded stop comes first: it was written before the first signal, so whatever the agent made of the signal is our doing.
        ({ Kind: StopKind.Cancelled or StopKind.OwnerEnded } stop, _) => new RunOutcome.Cancelled(stop.Detail),
        ({ Kind: StopKind.WallClock } stop, _) => new RunOutcome.TimedOut(TimeoutKind.WallClock, stop.Limit ?? end.Duration),
        ({ Kind: StopKind.Silence } stop, _) => new RunOutcome.TimedOut(TimeoutKind.Silence, stop.Limit ?? end.Duration),
        ({ Kind: StopKind.NoFirstOutput } stop, _) => new RunOutcome.TimedOut(TimeoutKind.NoFirstOutput, stop.Limit ?? end.Duration),
        ({ Kind: StopKind.OutputBytes } stop, _) => new RunOutcome.OutputLimit(end.Output.StdoutBytes + end.Output.StderrBytes),
        // It had done its work in that very moment.
        ({ Kind: StopKind.Budget }, _) when verdict is AgentVerdict.Good => new RunOutcome.Completed(),
        ({ Kind: StopKind.Budget } stop, _) => new RunOutcome.BudgetExceeded(stop.Detail),
        ({ Kind: StopKind.RateLimited } stop, _) => new RunOutcome.AgentFailed(FailureKind.RateLimited, stop.Detail),
        ({ Kind: StopKind.Hopeless } stop, _) => verdict as AgentVerdict.Failed is { } failed
            ? new RunOutcome.AgentFailed(failed.Kind, failed.Message)
            : new RunOutcome.AgentFailed(FailureKind.Error, stop.Detail),

        ({ Kind: StopKind.Resource } stop, _) => stop.Reached is { } reached
            ? new RunOutcome.ResourceLimit(reached)
            : new RunOutcome.AgentFailed(FailureKind.Killed, stop.Detail),

        // It had said its final result and only would not go: the result stands.
        ({ Kind: StopKind.AfterResult }, _) => Of(verdict),
        // A good result stands although a part of the run died of a limit: the agent knew how to go on.
        _ when end.Reached is { } reached && verdict is not AgentVerdict.Good => new RunOutcome.ResourceLimit(reached),
        (_, ExitStatus.Unknown) => new RunOutcome.Lost(
            "The process of the run is gone and nobody recorded how it ended. What it had written is kept."),
        _ => Of(verdict),
    };

    public static WorkerStatus StatusOf(RunOutcome outcome) => outcome switch
    {
        RunOutcome.Completed or RunOutcome.CompletedWithDenials => WorkerStatus.Completed,
        RunOutcome.TimedOut => WorkerStatus.Timeout,
        RunOutcome.Cancelled or RunOutcome.Continued => WorkerStatus.Cancelled,
        _ => WorkerStatus.Failed,
    };

    private static RunOutcome Of(AgentVerdict verdict) => verdict switch
    {
        AgentVerdict.Good => new RunOutcome.Completed(),
        AgentVerdict.Failed(var kind, var message) => new RunOutcome.AgentFailed(kind, message),
        AgentVerdict.NoResult(var message) => new RunOutcome.Truncated(message),
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
