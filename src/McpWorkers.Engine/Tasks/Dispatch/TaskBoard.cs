using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Tasks.Rules;

namespace McpWorkers.Engine.Tasks.Dispatch;

/// <summary>
/// The tasks that are not over, as the store has them or is about to. A change is decided and put in the store's line in one step, so that both
/// see all changes in one order; it is told once it is durable. What the store does not take is undone here.
/// </summary>
internal sealed class TaskBoard
{
    private readonly ITaskStore _store;
    private readonly TaskRoles _roles;
    private readonly Func<WorkTask, string> _typeOf;
    private readonly Func<WorkTask, string, string> _accountOf;
    private readonly TimeProvider _time;
    private readonly Dictionary<string, Entry> _open = [];
    private readonly DueTasks _due;
    private readonly TaskListeners _listeners = new();

    /// <summary>Those that were added from within a run: few, and looked at often.</summary>
    private readonly HashSet<string> _nested = [];

    /// <param name="typeOf">The worker type of a task, as <see cref="IAttempts.TypeOf"/> says it.</param>
    /// <param name="accountOf">Whose limits it shares as a task of a type, as <see cref="IAttempts.AccountOf"/> says it; null for the type itself.</param>
    public TaskBoard(
        ITaskStore store, TaskRoles roles, Func<WorkTask, string> typeOf, TimeProvider time, Func<WorkTask, string, string>? accountOf = null)
    {
        _accountOf = accountOf ?? ((_, type) => type);
        _store = store;
        _roles = roles;
        _typeOf = typeOf;
        _time = time;
        _due = new DueTasks(id => _open.GetValueOrDefault(id)?.Task);
    }

    /// <summary>Held while what is here is read and changed in one step.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Those that only lack a slot. Under <see cref="Gate"/>.</summary>
    public TaskLine Line { get; } = new();

    /// <summary>Those that go on. Under <see cref="Gate"/>.</summary>
    public RunningTasks Running { get; } = new();

    /// <summary>Those that wait until their pool gives something. Under <see cref="Gate"/>.</summary>
    public ParkedTasks Parked { get; } = new();

    public TaskListeners Listeners => _listeners;

    public int Count
    {
        get
        {
            lock (Gate)
            {
                return _open.Count;
            }
        }
    }

    /// <summary>Null where it is over, or not known.</summary>
    public WorkTask? Find(string taskId)
    {
        lock (Gate)
        {
            return _open.GetValueOrDefault(taskId)?.Task;
        }
    }

    /// <summary>Whose limits it shares; null where it is over, or not known.</summary>
    public string? AccountOf(string taskId)
    {
        lock (Gate)
        {
            return _open.GetValueOrDefault(taskId)?.Candidate.Account;
        }
    }

    public bool HasNested
    {
        get
        {
            lock (Gate)
            {
                return _nested.Count > 0;
            }
        }
    }

    public IReadOnlyList<WorkTask> Nested
    {
        get
        {
            lock (Gate)
            {
                return [.. _nested.Select(id => _open[id].Task)];
            }
        }
    }

    public IReadOnlyList<WorkTask> All(Func<WorkTask, bool> which)
    {
        lock (Gate)
        {
            return [.. _open.Values.Select(entry => entry.Task).Where(which)];
        }
    }

    public IReadOnlyDictionary<TaskState, int> CountByState()
    {
        lock (Gate)
        {
            return _open.Values.CountBy(entry => entry.Task.State).ToDictionary();
        }
    }

    /// <summary>Those whose time has come.</summary>
    public IReadOnlyList<string> TakeDue(DateTimeOffset now)
    {
        lock (Gate)
        {
            return _due.Take(now);
        }
    }

    public void BecomesDue(string taskId, DateTimeOffset at)
    {
        lock (Gate)
        {
            _due.Add(taskId, at);
        }
    }

    /// <summary>When the next one's time comes, as far as is known; null where none waits for a time.</summary>
    public DateTimeOffset? NextDue
    {
        get
        {
            lock (Gate)
            {
                return _due.Next;
            }
        }
    }

    /// <summary>Of tasks that the store has.</summary>
    public void Load(IEnumerable<WorkTask> tasks)
    {
        lock (Gate)
        {
            foreach (var task in tasks)
            {
                // One that is known already has been changed since, unless it is over and was reopened before it was dropped.
                var known = _open.GetValueOrDefault(task.TaskId);
                if (!task.State.IsOver() && (known is null || (known.Task.State.IsOver() && known.Task.Revision < task.Revision)))
                {
                    Put(known, task);
                }
            }
        }
    }

    /// <summary>
    /// Whether a task still counts as of the worker type that it would get now. Where that has changed since it came, it is put where it
    /// belongs, and the choice is to be made again. Under <see cref="Gate"/>.
    /// </summary>
    public bool IsOfItsType(string taskId)
    {
        var entry = _open[taskId];
        if (entry.Candidate.WorkerType == _typeOf(entry.Task))
        {
            return true;
        }

        Index(entry, isIn: false);
        entry.Candidate = CandidateOf(entry.Task);
        Index(entry, isIn: true);
        return false;
    }

    /// <summary>Changes a task. Returns once that is durable and told.</summary>
    /// <param name="choose">What happens to it as it is now; null for nothing.</param>
    /// <returns>As it is then; null where it is not open, or that cannot happen to it.</returns>
    /// <exception cref="StoreException">The store did not take it; nothing has changed.</exception>
    public async Task<WorkTask?> ChangeAsync(string taskId, Func<WorkTask, TaskEvent?> choose) =>
        Begin(taskId, choose) is { } change ? await FinishAsync(change) : null;

    /// <summary>Decides a change and puts it in the store's line. To be followed by <see cref="FinishAsync"/>, not under <see cref="Gate"/>.</summary>
    /// <returns>Null where the task is not open, or that cannot happen to it.</returns>
    public BoardChange? Begin(string taskId, Func<WorkTask, TaskEvent?> choose)
    {
        lock (Gate)
        {
            var now = _time.GetUtcNow();
            if (!_open.TryGetValue(taskId, out var entry) || choose(entry.Task) is not { } happened
                || TaskTransitions.Apply(entry.Task, happened, now) is not { } next)
            {
                return null;
            }

            var change = new BoardChange(
                entry.Task, next, entry.Generation, _store.ChangeAsync(next, happened is TaskEvent.Edited, TaskFacts.Of(happened, next, now)));
            Put(entry, next);
            return change;
        }
    }

    /// <summary>Returns once it is durable and told.</summary>
    /// <returns>The task as it is then; null where the store knows it otherwise.</returns>
    /// <exception cref="StoreException">The store did not take it; nothing has changed.</exception>
    public async Task<WorkTask?> FinishAsync(BoardChange change)
    {
        var (before, next, generation, write) = change;
        bool isTaken;
        try
        {
            isTaken = await write;
        }
        catch (StoreException)
        {
            await ReloadAsync(next.TaskId, generation);
            throw;
        }

        if (!isTaken)
        {
            await ReloadAsync(next.TaskId, generation);
            return null;
        }

        if (next.State.IsOver())
        {
            lock (Gate)
            {
                // Unless somebody has reopened it already.
                if (_open.GetValueOrDefault(next.TaskId) is { } entry && entry.Task.Revision == next.Revision)
                {
                    Drop(next.TaskId);
                }
            }
        }

        _listeners.Tell(new(next, before.State));
        return next;
    }

    /// <summary>Makes a task here what the store says it is: for whoever must know how it really is after a write that failed.</summary>
    /// <returns>As the store has it; null where it has none.</returns>
    /// <exception cref="StoreException">It cannot be read.</exception>
    public async Task<WorkTask?> RefreshAsync(string taskId)
    {
        var row = await _store.FindAsync(taskId, CancellationToken.None);
        Take(taskId, row, generation: null);
        return row;
    }

    /// <summary>Back to what the store has, once for all changes that built on the one that failed.</summary>
    private async Task ReloadAsync(string taskId, int generation)
    {
        try
        {
            Take(taskId, await _store.FindAsync(taskId, CancellationToken.None), generation);
        }
        catch (StoreException)
        {
            // What is here is ahead of the store: whoever needs to know refreshes it.
        }
    }

    /// <param name="generation">Only where it is still that one; null for any.</param>
    private void Take(string taskId, WorkTask? row, int? generation)
    {
        lock (Gate)
        {
            if (_open.GetValueOrDefault(taskId) is not { } entry || (generation is { } known && entry.Generation != known))
            {
                return;
            }

            if (row is null || row.State.IsOver())
            {
                Index(entry, isIn: false);
                Drop(taskId);
            }
            else
            {
                Put(entry, row);
                entry.Generation++;
            }
        }
    }

    private void Put(Entry? entry, WorkTask task)
    {
        if (entry is null)
        {
            _open.Add(task.TaskId, entry = new Entry(task, CandidateOf(task)));
            if (task.ParentRun is not null)
            {
                _nested.Add(task.TaskId);
            }
        }
        else
        {
            Index(entry, isIn: false);
            entry.Task = task;
            entry.Candidate = CandidateOf(task);
        }

        Index(entry, isIn: true);
    }

    private TaskCandidate CandidateOf(WorkTask task)
    {
        string type = _typeOf(task);
        return _roles.CandidateOf(task, type, _accountOf(task, type));
    }

    private void Drop(string taskId)
    {
        _open.Remove(taskId);
        _nested.Remove(taskId);
    }

    private void Index(Entry entry, bool isIn)
    {
        var task = entry.Task;
        if (task.State == TaskState.Running)
        {
            (isIn ? (Action<TaskCandidate>)Running.Begin : Running.End)(entry.Candidate);
        }
        else if (task is { State: TaskState.Waiting, Reason: WaitReason.Slot })
        {
            (isIn ? (Action<TaskCandidate>)Line.Add : Line.Remove)(entry.Candidate);
        }
        else if (task is { State: TaskState.Parked, Reason: WaitReason.Quota })
        {
            (isIn ? (Action<TaskCandidate>)Parked.Add : Parked.Remove)(entry.Candidate);
        }
        else if (isIn && task is { State: TaskState.Waiting, Reason: WaitReason.Schedule, NotBefore: { } at })
        {
            _due.Add(task.TaskId, at);
        }
    }

    /// <param name="task">As it was when it came.</param>
    private sealed class Entry(WorkTask task, TaskCandidate candidate)
    {
        public WorkTask Task { get; set; } = task;

        /// <summary>As it was counted, so that it is taken out as it was put in.</summary>
        public TaskCandidate Candidate { get; set; } = candidate;

        /// <summary>Counts how often the store's word replaced what was here.</summary>
        public int Generation { get; set; }
    }
}
