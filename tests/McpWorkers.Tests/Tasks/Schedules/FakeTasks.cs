using McpWorkers.Engine.Model;
using McpWorkers.Engine.Tasks.Schedules;

namespace McpWorkers.Tests.Tasks.Schedules;

/// <summary>A queue that keeps what it is given, each key once.</summary>
internal sealed class FakeTasks : IScheduledTasks
{
    public List<string> Keys { get; } = [];

    public List<string> Open { get; } = [];

    public List<string> Cancelled { get; } = [];

    public RefusedException? Refusal { get; set; }

    /// <summary>Thrown once, after the task was added: the host ends there.</summary>
    public Exception? DiesAfterAdding { get; set; }

    public Task<string> AddAsync(Schedule schedule, string key, CancellationToken cancellationToken)
    {
        if (Refusal is { } refusal)
        {
            throw refusal;
        }

        if (!Keys.Contains(key))
        {
            Keys.Add(key);
            Open.Add($"task_{Keys.Count}");
        }

        if (DiesAfterAdding is { } death)
        {
            DiesAfterAdding = null;
            throw death;
        }

        return Task.FromResult($"task_{Keys.IndexOf(key) + 1}");
    }

    public Task<bool> IsOpenAsync(string taskId, CancellationToken cancellationToken) => Task.FromResult(Open.Contains(taskId));

    public Task CancelAsync(string taskId, string reason, CancellationToken cancellationToken)
    {
        Open.Remove(taskId);
        Cancelled.Add(taskId);
        return Task.CompletedTask;
    }
}
