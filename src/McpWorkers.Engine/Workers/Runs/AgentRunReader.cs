using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers.Runs;

/// <summary>Hands a run's lines to its agent's reader, and tells the observer what the bounds depend on.</summary>
/// <param name="at">Told where each line begins, in bytes, before it is read; null for nobody.</param>
/// <param name="holds">When the run waited for somebody; null where it never does.</param>
/// <param name="quota">Looks for signs of a limit; null for nobody.</param>
internal sealed class AgentRunReader(AgentReader agent, Action<long>? at = null, RunHolds? holds = null, RunQuota? quota = null) : IRunReader
{
    public bool WantsErrors => quota is { LooksAtErrors: true };

    public TimeSpan Held => holds?.Total ?? TimeSpan.Zero;

    public bool IsHeld => holds?.IsHeld ?? false;

    public RunActivity Take(in OutputLine line)
    {
        at?.Invoke(line.Offset);
        quota?.At(line.Offset);
        agent.Read(line.Bytes, line.Shortened, line.Unterminated);
        quota?.AfterLine(line.Bytes);
        var activity = agent.Activity;
        var endNow = activity.Hopeless is { } hopeless ? new StopReason(StopKind.Hopeless, hopeless.Message) : null;
        return new(activity.ToolCallOpen, activity.BackgroundOpen, activity.FinalResultSeen, endNow);
    }

    public void TakeError(in OutputLine line) => quota?.TakeError(line);

    public StopReason? Look() => quota?.Look();
}
