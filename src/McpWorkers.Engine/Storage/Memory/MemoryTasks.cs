using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Storage.Memory;

/// <inheritdoc/>
/// <param name="tell">Takes the facts.</param>
internal sealed class MemoryTasks(Action<IReadOnlyList<WorkerEvent>> tell) : ITaskStore
{
    private readonly Lock _lock = new();
    private readonly OrderedDictionary<string, WorkTask> _tasks = [];
    private readonly Dictionary<string, string> _keys = [];
    private readonly HashSet<string> _workers = [];
    private DateTimeOffset? _paused;
    private long _last;

    public Task<IReadOnlyList<AddedTask>> AddAsync(IReadOnlyList<WorkTask> tasks) => Locked<IReadOnlyList<AddedTask>>(() =>
    {
        var added = new List<AddedTask>(tasks.Count);
        foreach (var task in tasks)
        {
            if (task.Key is { } key && _keys.TryGetValue(key, out string? known))
            {
                added.Add(new(_tasks[known], IsNew: false));
                continue;
            }

            var placed = task with { Position = ++_last, Revision = 1 };
            _tasks.Add(placed.TaskId, placed);
            if (placed.Key is not null)
            {
                _keys.Add(placed.Key, placed.TaskId);
            }

            added.Add(new(placed, IsNew: true));
        }

        tell([.. added.Where(each => each.IsNew).Select(each => Facts.Added(each.Task))]);
        return added;
    });

    public Task<bool> ChangeAsync(WorkTask task, bool isEdited = false, WorkerEvent? fact = null) => Locked(() =>
    {
        if (!_tasks.TryGetValue(task.TaskId, out var known) || known.Revision != task.Revision - 1)
        {
            return false;
        }

        _tasks[task.TaskId] = isEdited ? task : task with { Prompt = known.Prompt, Priority = known.Priority, Queue = known.Queue, Spec = known.Spec };
        if (task.LastAttempt is { } attempt)
        {
            _workers.Add(attempt.WorkerId);
        }

        if (fact is not null)
        {
            tell([fact]);
        }

        return true;
    });

    public Task<WorkTask?> FindAsync(string taskId, CancellationToken cancellationToken) => Locked(() => _tasks.GetValueOrDefault(taskId));

    public Task<WorkTask?> FindByKeyAsync(string key, CancellationToken cancellationToken) =>
        Locked(() => _keys.TryGetValue(key, out string? id) ? _tasks[id] : null);

    public Task<IReadOnlyList<WorkTask>> OpenAsync(CancellationToken cancellationToken) =>
        Locked<IReadOnlyList<WorkTask>>(() => [.. _tasks.Values.Where(task => !task.State.IsOver())]);

    public Task<TaskPage> ListAsync(TaskQuery query, CancellationToken cancellationToken)
    {
        TaskRules.Check(query);
        return Locked(() => TaskRules.Page([.. _tasks.Values.Reverse().Where(task => Matches(task, query)).Take(query.Limit + 1)], query.Limit));
    }

    public Task<IReadOnlyDictionary<TaskState, long>> CountAsync(CancellationToken cancellationToken) => Locked<IReadOnlyDictionary<TaskState, long>>(
        () => TaskRules.Counts(_tasks.Values.CountBy(task => task.State).Select(each => (each.Key.ToWire(), (long)each.Value))));

    public Task<IReadOnlySet<string>> OfAttemptsAsync(IReadOnlyCollection<string> workerIds, CancellationToken cancellationToken) =>
        Locked<IReadOnlySet<string>>(() => workerIds.Where(_workers.Contains).ToHashSet());

    public Task<DateTimeOffset?> PausedAsync(CancellationToken cancellationToken) => Locked(() => _paused);

    public Task PauseAsync(DateTimeOffset? since, WorkerEvent? fact = null) => Locked(() =>
    {
        _paused = since;
        if (fact is not null)
        {
            tell([fact]);
        }

        return true;
    });

    public Task RemoveAsync(DateTimeOffset before) => Locked(() =>
    {
        var needed = _tasks.Values.Where(task => !task.State.IsOver()).SelectMany(task => task.After).ToHashSet();
        foreach (var task in _tasks.Values.Where(task => task.Finished < before && !needed.Contains(task.TaskId)).ToList())
        {
            _tasks.Remove(task.TaskId);
            if (task.Key is not null)
            {
                _keys.Remove(task.Key);
            }
        }

        return true;
    });

    private static bool Matches(WorkTask task, TaskQuery query) =>
        (query.States.Count == 0 || query.States.Contains(task.State))
        && (query.Role is null || task.Role == query.Role)
        && (query.Queue is null || task.Queue == query.Queue)
        && (query.Since is null || task.Created >= query.Since)
        && (query.Before is null || task.Position < query.Before)
        && (query.ParentRun is null || task.ParentRun == query.ParentRun);

    private Task<T> Locked<T>(Func<T> work)
    {
        lock (_lock)
        {
            return Task.FromResult(work());
        }
    }
}
