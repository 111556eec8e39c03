namespace McpWorkers.Engine.Model;

public enum StopSignal
{
    Interrupt,
    Terminate,
    Kill,
}

/// <summary>One step of stopping: the signal, and how long it may take before the next step.</summary>
public sealed record StopStep(StopSignal Signal, TimeSpan Grace);

/// <summary>How an agent is asked to stop. Whatever is left after the last step is killed.</summary>
public sealed record StopPlan(IReadOnlyList<StopStep> Steps)
{
    public static StopPlan InterruptThenTerminate { get; } = new(
        [new(StopSignal.Interrupt, TimeSpan.FromSeconds(2)), new(StopSignal.Terminate, TimeSpan.FromSeconds(1.5))]);

    public static StopPlan TerminateOnly { get; } = new([new(StopSignal.Terminate, TimeSpan.FromSeconds(3))]);

    /// <summary>No asking: for a second Ctrl-C.</summary>
    public static StopPlan KillNow { get; } = new([]);
}
