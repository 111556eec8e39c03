using System.Diagnostics.Metrics;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Tasks;

/// <summary>The figures of a queue, entered into its host's meter. Labels are bounded: roles that are configured, and words of ours.</summary>
internal sealed class TaskMeter : IDisposable
{
    private const string Other = "other";

    private readonly Counter<long> _tasks;
    private readonly Counter<long> _attempts;
    private readonly HashSet<string> _roles;
    private readonly IDisposable _listening;

    public TaskMeter(Meter meter, TaskHost host)
    {
        _roles = [.. host.Roles.Names];
        _tasks = meter.CreateCounter<long>("mcpworkers.tasks", "{task}", "Tasks that came to their end, by role and status. One that is tried again by hand ends again.");
        _attempts = meter.CreateCounter<long>("mcpworkers.task.attempts", "{attempt}", "Attempts at tasks that ended, by role and outcome.");
        meter.CreateObservableGauge("mcpworkers.tasks.open", () => Open(host), "{task}", "Tasks that are not over, by status.");
        meter.CreateObservableGauge("mcpworkers.queue.paused", () => host.Dispatcher.PausedSince is null ? 0 : 1, null, "1 while the queue is paused.");
        _listening = host.Board.Listeners.Add(Count);
    }

    public void Dispose() => _listening.Dispose();

    private static IEnumerable<Measurement<int>> Open(TaskHost host)
    {
        var counts = host.Board.CountByState();
        return Enum.GetValues<TaskState>().Where(state => !state.IsOver()).Select(
            state => new Measurement<int>(counts.GetValueOrDefault(state), KeyValuePair.Create<string, object?>("status", state.ToWire())));
    }

    private void Count(TaskChanged change)
    {
        if (!_tasks.Enabled)
        {
            return;
        }

        var task = change.Task;
        var role = KeyValuePair.Create<string, object?>("role", _roles.Contains(task.Role) ? task.Role : Other);
        if (change.Before == TaskState.Running && task.State != TaskState.Running)
        {
            _attempts.Add(1, role, KeyValuePair.Create<string, object?>("outcome", task.LastAttempt!.Outcome!.Value.ToWire()));
        }

        if (task.State.IsOver())
        {
            _tasks.Add(1, role, KeyValuePair.Create<string, object?>("status", task.State.ToWire()));
        }
    }
}
