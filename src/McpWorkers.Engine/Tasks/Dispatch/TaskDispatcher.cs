using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Quota;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Tasks.Rules;
using McpWorkers.Engine.Workers.Runs;

namespace McpWorkers.Engine.Tasks.Dispatch;

/// <summary>
/// Begins tasks while there are slots, and has each attempt seen to its end. Row first, then act: what is claimed in the store and
/// not settled there is gone on with by the next host, in the same way as by this one.
/// </summary>
internal sealed class TaskDispatcher : IAsyncDisposable
{
    /// <summary>After the store has refused a write: a full disk is not asked again at once.</summary>
    public static readonly TimeSpan Hold = TimeSpan.FromSeconds(1);

    /// <summary>At the latest it looks then: a wall clock that is set, or a machine that slept, tells no timer.</summary>
    private static readonly TimeSpan LookMax = TimeSpan.FromSeconds(5);

    private readonly TaskBoard _board;
    private readonly ITaskStore _store;
    private readonly IAttempts _attempts;
    private readonly RunSlots _slots;
    private readonly PoolGate _gate;
    private readonly TimeProvider _time;
    private readonly HostNotes _notes;
    private readonly ChoiceLimits _limits;
    private readonly Dependencies _dependencies;
    private readonly AttemptCourse _course;
    private readonly TasksGoingOn _going;
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly CancellationTokenSource _ending = new();
    private readonly ITimer _timer;
    private Task _loop = Task.CompletedTask;
    private volatile bool _isStarted;
    private int _isWoken;
    private long? _held;

    public TaskDispatcher(TaskBoard board, ITaskStore store, IAttempts attempts, RunSlots slots, TaskRoles roles, HostNotes notes, TimeProvider time, PoolGate gate)
    {
        _gate = gate;
        Parking = new QuotaParking(board, gate, MayBegin);
        _board = board;
        _store = store;
        _attempts = attempts;
        _slots = slots;
        _notes = notes;
        _time = time;
        _limits = roles.Limits(slots.Limit);
        _dependencies = new Dependencies(board, store);
        _going = new TasksGoingOn(Wake, (name, fault) => notes.Add(new("task", $"{name}: {fault.Message}", IsTrouble: true)));
        _course = new AttemptCourse(board, attempts, roles, notes, time, BeginNow, _ending.Token);
        _timer = time.CreateTimer(_ => Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        slots.Free = Wake;
        gate.Changed = Wake;
        board.Listeners.Add(OnChanged);
    }

    public QuotaParking Parking { get; }

    /// <summary>A task as it is to be shown: why it waits is said as it is now.</summary>
    public WorkTask Shown(WorkTask task) =>
        task is { State: TaskState.Waiting, Reason: WaitReason.Slot } && _board.AccountOf(task.TaskId) is { } account && _attempts.Unaffordable(account) is { } why
            ? task with { Reason = WaitReason.Budget, Detail = why }
            : Parking.Shown(task);

    /// <summary>Null while the queue goes on.</summary>
    public DateTimeOffset? PausedSince { get; private set; }

    /// <summary>What is looked at in each round beside the queue; its failures are its own.</summary>
    public Func<Task>? EachRound { get; set; }

    /// <summary>Takes up what the store has, and begins.</summary>
    /// <exception cref="StoreException">The store cannot be read.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        PausedSince = await _store.PausedAsync(cancellationToken);
        var open = await _store.OpenAsync(cancellationToken);
        _board.Load(open);
        _course.Expect(open);
        await _attempts.RecoverAsync(open, cancellationToken);
        foreach (var task in open.Where(task => task.State == TaskState.Running))
        {
            _going.Add(task.TaskId, _course.GoOnAsync(task));
        }

        foreach (var task in open.Where(task => task.Reason == WaitReason.Dependency))
        {
            await _dependencies.LookAsync(task);
        }

        _isStarted = true;
        _loop = LoopAsync();
    }

    public void Wake()
    {
        if (Interlocked.Exchange(ref _isWoken, 1) != 0)
        {
            // It looks soon anyway.
            return;
        }

        try
        {
            _wake.Release();
        }
        catch (ObjectDisposedException)
        {
            // It never looks again.
        }
    }

    /// <summary>New tasks that the store has.</summary>
    public async Task AddedAsync(IReadOnlyList<WorkTask> tasks)
    {
        _board.Load(tasks);
        foreach (var task in tasks)
        {
            _board.Listeners.Tell(new(task, null));
        }

        foreach (var task in tasks.Where(task => task.Reason == WaitReason.Dependency))
        {
            await _dependencies.LookAsync(task);
        }

        BeginNow();
    }

    /// <summary>One that came into the line may be of a pool that gives no more: then it is parked in the next round.</summary>
    private void WakeToPark(WorkTask task)
    {
        if (task is { State: TaskState.Waiting, Reason: WaitReason.Slot } && _gate.Held.Count > 0)
        {
            Wake();
        }
    }

    public Task LookAtDependenciesAsync(WorkTask task) => _dependencies.LookAsync(task);

    /// <param name="since">Null: it goes on.</param>
    public async Task PauseAsync(DateTimeOffset? since)
    {
        bool isNews = since is null != PausedSince is null;
        if (since is not null)
        {
            // At once, also where the store refuses it: whoever stops spending must not wait for a disk.
            PausedSince = since;
        }

        await _store.PauseAsync(since, isNews ? TaskFacts.OfQueue(since is not null, _time.GetUtcNow()) : null);
        PausedSince = since;
        Wake();
    }

    /// <summary>What was kept for the next attempt at it is as the task was before it was changed.</summary>
    public Task LetGoAsync(WorkTask task) => _attempts.LetGoAsync(task);

    /// <summary>Stops a task's attempt, for which a wish is recorded. Returns once its end is recorded too.</summary>
    public async Task StopAsync(WorkTask task, string reason)
    {
        if (task.LastAttempt is { IsOver: false } attempt)
        {
            await _attempts.StopAsync(attempt, reason);
        }

        await _going.EndOfAsync(task.TaskId);
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        lock (_board.Gate)
        {
            // Whoever was about to begin something has noted it by now, and nobody is about to any more.
        }

        _slots.Free = null;
        _gate.Changed = null;
        _slots.Want(false);
        await _timer.DisposeAsync();
        await _loop;
        await _going.EndAsync();
        _wake.Dispose();
        _ending.Dispose();
    }

    /// <summary>One look: what is due, and what may begin.</summary>
    public async Task RunOnceAsync()
    {
        if (_held is { } held && _time.GetElapsedTime(held) < Hold)
        {
            return;
        }

        _held = null;
        try
        {
            await FreeDueAsync();
            await _dependencies.RetryAsync();
            await Parking.RunOnceAsync();
            if (EachRound is { } more)
            {
                await more();
            }
        }
        catch (StoreException)
        {
            _held = _time.GetTimestamp();
            return;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // One row that cannot be read must not end the queue.
            _notes.Add(new("task", $"the queue could not be looked at: {e.Message}", IsTrouble: true));
            _held = _time.GetTimestamp();
            return;
        }

        BeginAll();
    }

    private async Task FreeDueAsync()
    {
        var due = new Queue<string>(_board.TakeDue(_time.GetUtcNow()));
        try
        {
            while (due.TryPeek(out string? id))
            {
                await _board.ChangeAsync(id, task => task.Reason == WaitReason.Schedule ? new TaskEvent.Freed() : null);
                due.Dequeue();
            }
        }
        finally
        {
            foreach (string id in due)
            {
                _board.BecomesDue(id, _time.GetUtcNow());
            }
        }
    }

    /// <summary>
    /// Begins what may be begun, on the caller's thread: its row is in line at once, and so in one commit with what the caller has just written or
    /// is about to. Where something else has to be looked at before, the loop does that a moment later.
    /// </summary>
    private void BeginNow()
    {
        if (_isStarted && _held is null && !_board.HasNested && !_dependencies.HasUnsure)
        {
            BeginAll();
        }
        else
        {
            Wake();
        }
    }

    private void BeginAll()
    {
        while (TryBegin())
        {
        }
    }

    private bool TryBegin()
    {
        lock (_board.Gate)
        {
            if (_ending.IsCancellationRequested || PausedSince is not null || _board.Line.Count == 0)
            {
                _slots.Want(false);
                return false;
            }

            var held = Held();
            var next = TaskChoice.Next(_board.Line.Heads, _board.Running, held.Count == 0 ? _limits : _limits with { Held = held }, _time.GetUtcNow());
            if (next is not null && !_board.IsOfItsType(next.TaskId))
            {
                return true;
            }

            var task = next is null ? null : _board.Find(next.TaskId);
            bool takes = task is not null && _attempts.Takes(task);

            // Said before it is asked for: one that becomes free in between is told then.
            _slots.Want(takes);
            if (!takes || _slots.TryTakeForQueue() is not { } slot)
            {
                return false;
            }

            var (runId, workerId) = _attempts.Plan(task!);
            if (!_gate.TryBegin(next!.Account, runId))
            {
                // Somebody else probes since a moment ago.
                slot.Dispose();
                return true;
            }

            _going.Add(task!.TaskId, GoAsync(_board.Begin(task.TaskId, _ => new TaskEvent.Claimed(runId, workerId))!, slot, next.Account, runId));
            return true;
        }
    }

    /// <summary>Slots and its service aside.</summary>
    private bool MayBegin(TaskCandidate task) =>
        TaskChoice.MayBegin(task, _board.Running, _limits, _time.GetUtcNow()) && _attempts.Unaffordable(task.Account) is null;

    /// <summary>Accounts of which nothing may be begun, whether their services give no more or what may be spent on them today is spent.</summary>
    private IReadOnlySet<string> Held()
    {
        var spent = _board.Line.Heads.Select(head => head.Account).Distinct().Where(account => _attempts.Unaffordable(account) is not null).ToList();
        return spent.Count == 0 ? _gate.Held : _gate.Held.Concat(spent).ToHashSet();
    }

    /// <param name="account">In whose pool the run of this id may be the probe.</param>
    private async Task GoAsync(BoardChange claim, RunSlots.Slot slot, string account, string runId)
    {
        try
        {
            await GoAsync(claim, slot);
        }
        finally
        {
            _gate.Over(account, runId);
        }
    }

    private async Task GoAsync(BoardChange claim, RunSlots.Slot slot)
    {
        // Whoever listens, and the attempt itself, must not run under the board's gate.
        await Task.Yield();
        using (slot)
        {
            WorkTask? task;
            try
            {
                task = await _board.FinishAsync(claim);
            }
            catch (StoreException e)
            {
                _notes.Add(new("task", $"no task can be begun now: {e.Message}", IsTrouble: true));
                _held = _time.GetTimestamp();
                return;
            }

            if (task is not null)
            {
                await _course.SeeThroughAsync(task, slot);
            }
        }
    }

    private void OnChanged(TaskChanged change)
    {
        if (change.Task.State.IsOver())
        {
            _going.Add("after " + change.Task.TaskId, _dependencies.OverAsync(change.Task.TaskId));
        }

        if (change.Task.Reason == WaitReason.Schedule)
        {
            // For the timer.
            Wake();
        }

        WakeToPark(change.Task);

        BeginNow();
    }

    private async Task LoopAsync()
    {
        await Task.Yield();
        try
        {
            while (true)
            {
                await RunOnceAsync();
                var until = _held is not null ? Hold : _board.NextDue is { } due ? due - _time.GetUtcNow() : LookMax;
                _timer.Change(until < TimeSpan.Zero ? TimeSpan.Zero : until > LookMax ? LookMax : until, Timeout.InfiniteTimeSpan);
                await _wake.WaitAsync(_ending.Token);
                Interlocked.Exchange(ref _isWoken, 0);
            }
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
        }
    }
}
