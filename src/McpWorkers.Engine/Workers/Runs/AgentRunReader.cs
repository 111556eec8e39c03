using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers.Runs;

/// <summary>Hands a run's lines to its agent's reader, and tells the observer what the bounds depend on.</summary>
/// <param name="at">Told where each line begins, in bytes, before it is read; null for nobody.</param>
/// <param name="attendants">Who else listens; null for nobody.</param>
internal sealed class AgentRunReader(AgentReader agent, Action<long>? at = null, RunAttendants? attendants = null) : IRunReader
{
    private readonly RunAttendants _attendants = attendants ?? RunAttendants.None;

    public bool WantsErrors => _attendants.Quota is { LooksAtErrors: true };

    public TimeSpan Held => _attendants.Holds?.Total ?? TimeSpan.Zero;

    public TimeSpan? SinceHeld => _attendants.Holds?.Since;

    public RunActivity Take(in OutputLine line)
    {
        at?.Invoke(line.Offset);
        _attendants.Quota?.At(line.Offset);
        agent.Read(line.Bytes, line.Shortened, line.Unterminated);
        _attendants.Quota?.AfterLine(line.Bytes);
        var activity = agent.Activity;
        _attendants.Conversation?.Look(activity);
        var endNow = activity.Hopeless is { } hopeless ? new StopReason(StopKind.Hopeless, hopeless.Message) : null;
        return new(activity.ToolCallOpen, activity.BackgroundOpen, activity.FinalResultSeen, endNow);
    }

    public void TakeError(in OutputLine line) => _attendants.Quota?.TakeError(line);

    public StopReason? Look() => _attendants.Quota?.Look(_attendants.Holds is { IsHeld: true } || agent.Activity.ToolCallOpen) ?? _attendants.Spending?.Look();
}
