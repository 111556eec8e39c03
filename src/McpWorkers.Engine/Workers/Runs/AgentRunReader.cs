using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers.Runs;

/// <summary>Hands a run's lines to its agent's reader, and tells the observer what the bounds depend on.</summary>
/// <param name="at">Told where each line begins, in bytes, before it is read; null for nobody.</param>
internal sealed class AgentRunReader(AgentReader agent, Action<long>? at, RunAttendants attendants) : IRunReader
{
    public bool WantsErrors => attendants.Quota is { LooksAtErrors: true };

    public TimeSpan Held => attendants.Holds?.Total ?? TimeSpan.Zero;

    public bool IsHeld => attendants.Holds?.IsHeld ?? false;

    public RunActivity Take(in OutputLine line)
    {
        at?.Invoke(line.Offset);
        attendants.Quota?.At(line.Offset);
        agent.Read(line.Bytes, line.Shortened, line.Unterminated);
        attendants.Quota?.AfterLine(line.Bytes);
        var activity = agent.Activity;
        attendants.Conversation?.Look(activity);
        var endNow = activity.Hopeless is { } hopeless ? new StopReason(StopKind.Hopeless, hopeless.Message) : null;
        return new(activity.ToolCallOpen, activity.BackgroundOpen, activity.FinalResultSeen, endNow);
    }

    public void TakeError(in OutputLine line) => attendants.Quota?.TakeError(line);

    public StopReason? Look() => attendants.Quota?.Look() ?? attendants.Spending?.Look();
}
