using System.Collections.Concurrent;
using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Tasks.Rules;
using McpWorkers.Engine.Workers.Runs;

namespace McpWorkers.Engine.Tasks.Dispatch;

/// <summary>
/// Begins tasks while there are slots, sees each attempt to its end, and records that. Row first, then act: what is claimed in the store and
/// not settled there is gone on with by the next host, in the same way as by this one.
/// </summary>
internal sealed class TaskDispatcher : IAsyncDisposable
{
    /// <summary>After the store has refused a write: a full disk is not asked again at once.</summary>
    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(1);

    /// <summary>At the latest it looks then: a wall clock that is set, or a machine that slept, tells no timer.</summary>
    private static readonly TimeSpan LookMax = TimeSpan.FromSeconds(5);

    private readonly TaskBoard _board;
    private readonly ITaskStore _store;
    private readonly IAttempts _attempts;
    private readonly RunSlots _slots;
    private readonly TaskRoles _roles;
    private readonly TimeProvider _time;
    private readonly HostNotes _notes;
    private readonly ChoiceLimits _limits;
    private readonly Dependencies _dependencies;
    private readonly RetryBudget _budget;
    private readonly ConcurrentDictionary<string, Task> _going = new();
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly CancellationTokenSource _ending = new();
    private readonly ITimer _timer;
    private Task _loop = Task.CompletedTask;
    private volatile bool _isStarted;
    private bool _isBeginning;
    private int _isWoken;
    private long? _held;

    public TaskDispatcher(TaskBoard board, ITaskStore store, IAttempts attempts, RunSlots slots, TaskRoles roles, HostNotes notes, TimeProvider time)
    {
        _board = board;
        _store = store;
        _attempts = attempts;
        _slots = slots;
        _roles = roles;
        _notes = notes;
        _time = time;
        _limits = roles.Limits(slots.Limit);
        _dependencies = new Dependencies(board, store);
        _budget = new RetryBudget(roles.RetriesPerMinute);
        _timer = time.CreateTimer(_ => Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        slots.Free = Wake;
        board.Listeners.Add(OnChanged);
    }

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
        foreach (var task in open.Where(task => task is { Reason: WaitReason.Schedule, NotBefore: not null, LastAttempt: not null }))
        {
            _budget.Count(task.Queue, task.NotBefore!.Value);
        }

        await _attempts.RecoverAsync(open, cancellationToken);
        foreach (var task in open.Where(task => task.State == TaskState.Running))
        {
            Track(task.TaskId, GoOnAsync(task));
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

    public Task LookAtDependenciesAsync(WorkTask task) => _dependencies.LookAsync(task);

    /// <param name="since">Null: it goes on.</param>
    public async Task PauseAsync(DateTimeOffset? since)
    {
        bool isNews = since is null != PausedSince is null;
        await _store.PauseAsync(since, isNews ? TaskFacts.OfQueue(since is not null, _time.GetUtcNow()) : null);
        PausedSince = since;
        Wake();
    }

    /// <summary>Stops a task's attempt, for which a wish is recorded. Returns once its end is recorded too.</summary>
    public async Task StopAsync(WorkTask task, string reason)
    {
        if (task.LastAttempt is { IsOver: false } attempt)
        {
            await _attempts.StopAsync(attempt, reason);
        }

        if (_going.TryGetValue(task.TaskId, out var going))
        {
            await going;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        lock (_board.Gate)
        {
            // Whoever was about to begin something has noted it by now, and nobody is about to any more.
        }

        _slots.Free = null;
        _slots.Want(false);
        await _timer.DisposeAsync();
        await _loop;
        await Task.WhenAll(_going.Values);
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
            foreach (string id in _board.TakeDue(_time.GetUtcNow()))
            {
                await FreeAsync(id);
            }

            await _dependencies.RetryAsync();
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

        BeginAll();
    }

    private async Task FreeAsync(string taskId)
    {
        try
        {
            await _board.ChangeAsync(taskId, task => task.Reason == WaitReason.Schedule ? new TaskEvent.Freed() : null);
        }
        catch (StoreException)
        {
            _board.BecomesDue(taskId, _time.GetUtcNow());
            throw;
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
            // A store that answers at once brings us here from within: whoever is at it goes on by itself.
            if (_isBeginning || _ending.IsCancellationRequested)
            {
                return false;
            }

            _isBeginning = true;
            try
            {
                return TryBeginOne();
            }
            finally
            {
                _isBeginning = false;
            }
        }
    }

    /// <summary>Under the board's gate.</summary>
    private bool TryBeginOne()
    {
        var next = PausedSince is null && _board.Line.Count > 0 && _attempts.TakesMore
            ? TaskChoice.Next(_board.Line.Heads, _board.Running, _limits, _time.GetUtcNow())
            : null;

        // Said before it is asked for: one that becomes free in between is told then.
        _slots.Want(next is not null);
        if (next is not null && !_board.IsOfItsType(next.TaskId))
        {
            return true;
        }

        if (next is null || _slots.TryTakeForQueue() is not { } slot)
        {
            return false;
        }

        var (runId, workerId) = _attempts.Plan(_board.Find(next.TaskId)!);
        Track(next.TaskId, GoAsync(_board.ChangeAsync(next.TaskId, _ => new TaskEvent.Claimed(runId, workerId)), slot));
        return true;
    }

    private async Task GoAsync(Task<WorkTask?> claim, RunSlots.Slot slot)
    {
        using (slot)
        {
            WorkTask? task;
            try
            {
                task = await claim;
            }
            catch (StoreException e)
            {
                _notes.Add(new("task", $"no task can be begun now: {e.Message}", IsTrouble: true));
                _held = _time.GetTimestamp();
                return;
            }

            if (task is not null)
            {
                await SeeThroughAsync(task, slot);
            }
        }
    }

    /// <summary>An attempt that an earlier host had begun.</summary>
    private async Task GoOnAsync(WorkTask task)
    {
        await Task.Yield();
        try
        {
            if (!await _attempts.IsBegunAsync(task.LastAttempt!, _ending.Token))
            {
                // Nothing of it was started, but some of it may have been prepared under its ids.
                var (runId, workerId) = _attempts.Plan(task);
                task = await _board.ChangeAsync(task.TaskId, _ => new TaskEvent.BegunAnew(runId, workerId)) ?? task;
            }
        }
        catch (StoreException e)
        {
            _notes.Add(new("task", $"task '{task.TaskId}' waits for the next start: {e.Message}", IsTrouble: true));
            return;
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            return;
        }

        await SeeThroughAsync(task, null);
    }

    private async Task SeeThroughAsync(WorkTask task, RunSlots.Slot? slot)
    {
        int number = task.LastAttempt!.Number;
        try
        {
            var end = await _attempts.RunAsync(task, slot, () => _board.Find(task.TaskId)?.Wish ?? StopWish.None, _ending.Token);
            if (await SettleAsync(task.TaskId, number, end) is { } after)
            {
                await _attempts.ReleaseAsync(after);
            }
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            // It goes on, or is gone on with by the next host.
        }
        catch (StoreException e) when (_ending.IsCancellationRequested)
        {
            _notes.Add(new("task", $"the end of task '{task.TaskId}' is recorded by the next host: {e.Message}"));
        }
    }

    /// <summary>Records an end, however long the store refuses it.</summary>
    private async Task<WorkTask?> SettleAsync(string taskId, int number, AttemptEnd end)
    {
        double dice = Random.Shared.NextDouble();
        while (true)
        {
            try
            {
                var settling = _board.ChangeAsync(taskId, task => EndOf(task, number, end, dice));
                BeginNow();
                return await settling;
            }
            catch (StoreException) when (!_ending.IsCancellationRequested)
            {
                await Task.Delay(Hold, _time, _ending.Token);
            }
        }
    }

    private TaskEvent.AttemptEnded? EndOf(WorkTask task, int number, AttemptEnd end, double dice)
    {
        if (task.State != TaskState.Running || task.LastAttempt?.Number != number)
        {
            return null;
        }

        int deaths = task.Deaths + (end.Cause is AttemptCause.Crash or AttemptCause.Lost ? 1 : 0);
        var step = RetryPolicy.After(end, task.Tries, deaths, _roles.RetryOf(task.Role), dice);
        return new(end, step is NextStep.Again { Delay.Ticks: > 0 } later ? _budget.Fit(later, task.Queue, _time.GetUtcNow(), dice) : step);
    }

    private void OnChanged(TaskChanged change)
    {
        if (change.Task.State.IsOver())
        {
            Track("after " + change.Task.TaskId, _dependencies.OverAsync(change.Task.TaskId));
        }

        if (change.Task.Reason == WaitReason.Schedule)
        {
            // For the timer.
            Wake();
        }

        BeginNow();
    }

    /// <summary>Whoever ends this waits for it.</summary>
    private void Track(string key, Task going)
    {
        if (going.IsCompletedSuccessfully)
        {
            return;
        }

        _going[key] = going;
        _ = going.ContinueWith(
            done =>
            {
                if (_going.TryRemove(KeyValuePair.Create(key, done)) && done.Exception is { } fault)
                {
                    _notes.Add(new("task", $"{key}: {fault.GetBaseException().Message}", IsTrouble: true));
                }

                Wake();
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
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
