using McpWorkers.Engine.Events;
using McpWorkers.Engine.Quota;
using McpWorkers.Engine.Requests;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers.Hosting;
using McpWorkers.Engine.Workers.Runs;
using McpWorkers.Engine.Workers.Telemetry;

namespace McpWorkers.Engine.Workers;

/// <summary>What all workers of a host share.</summary>
/// <param name="Settle">Makes a run's end durable and tells of it.</param>
/// <param name="Launched">Notes a launch.</param>
/// <param name="Leaving">The host goes and leaves its runs going.</param>
internal sealed record WorkerSurroundings(
    WorkerTypes Types, RunSlots Slots, RunExecutor Executor, EventFeed Events, TimeProvider Time, Func<SettledRun, Task<string?>> Settle,
    Action<PromptRun> Launched, HostMeter Meter, CancellationToken Leaving)
{
    /// <summary>Where runs wait whose pool gives no more.</summary>
    public required PoolGate Gate { get; init; }

    /// <summary>Names of variables that no agent gets.</summary>
    public required IReadOnlyList<string> EnvironmentDeny { get; init; }

    public required RequestManager Requests { get; init; }

    public required RunContinuations Continuations { get; init; }

    public required RunVoice Voice { get; init; }

    /// <summary>As which run one goes on by now after an answer; itself where it has not.</summary>
    public Func<string, string> GoesOnAs { get; init; } = static runId => runId;

    /// <summary>So long the calls of an agent are held at most.</summary>
    public required TimeSpan HoldMax { get; init; }
}
