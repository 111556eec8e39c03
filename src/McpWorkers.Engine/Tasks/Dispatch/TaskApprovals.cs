using System.Globalization;
using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Requests;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Tasks.Rules;

namespace McpWorkers.Engine.Tasks.Dispatch;

/// <summary>
/// Asks for leave for the tasks that wait for it, and lets them go on, or ends them. Leave that was given to a task is none for what it was changed to.
/// </summary>
internal sealed class TaskApprovals : IDisposable
{
    private readonly TaskBoard _board;
    private readonly RequestManager _requests;
    private readonly Func<WorkTask, Task> _lookAtDependencies;
    private readonly Func<WorkTask, string> _textOf;
    private readonly HostNotes _notes;
    private readonly IDisposable _listening;

    /// <summary>Tasks whose request could not be asked, or whose decision could not be noted, since the store refused it.</summary>
    private readonly HashSet<string> _owed = [];

    /// <summary>The last look at each task that is looked at.</summary>
    private readonly Dictionary<string, Task> _looks = [];

    /// <param name="textOf">What is asked: all that decides what would be run.</param>
    public TaskApprovals(
        TaskBoard board, RequestManager requests, Func<WorkTask, Task> lookAtDependencies, Func<WorkTask, string> textOf, HostNotes notes)
    {
        _textOf = textOf;
        _board = board;
        _requests = requests;
        _lookAtDependencies = lookAtDependencies;
        _notes = notes;
        _listening = requests.Listen(OnDecided);
        board.Listeners.Add(OnChanged);
    }

    /// <summary>Asks for all that wait, those of an earlier host among them; also what the store refused before.</summary>
    public async Task RunOnceAsync()
    {
        List<string> owed;
        lock (_owed)
        {
            owed = [.. _owed];
        }

        foreach (string taskId in owed)
        {
            await LookAsync(taskId);
        }
    }

    /// <summary>To be called once the board is filled.</summary>
    public void Start()
    {
        foreach (var task in _board.All(IsWaiting))
        {
            Owe(task.TaskId);
        }
    }

    public void Dispose() => _listening.Dispose();

    private static bool IsWaiting(WorkTask task) => task is { State: TaskState.Parked, Reason: WaitReason.Approval };

    /// <summary>While it waits for leave, whatever changes of it is something else to be asked.</summary>
    private static string KeyOf(WorkTask task) => string.Create(CultureInfo.InvariantCulture, $"{task.TaskId}/approval/{task.Revision}");

    private void OnChanged(TaskChanged change)
    {
        if (IsWaiting(change.Task) || change.Task.Spec.Autonomy == AutonomyLevel.HumanRequired)
        {
            Owe(change.Task.TaskId);
            _ = LookQuietlyAsync(change.Task.TaskId);
        }
    }

    private void OnDecided(WorkerRequest request)
    {
        if (request is { Kind: RequestKind.Approval, IsPending: false, TaskId: { } taskId })
        {
            Owe(taskId);
            _ = LookQuietlyAsync(taskId);
        }
    }

    private void Owe(string taskId)
    {
        lock (_owed)
        {
            _owed.Add(taskId);
        }
    }

    private async Task LookQuietlyAsync(string taskId)
    {
        // Whoever tells of it must not be held up.
        await Task.Yield();
        try
        {
            await LookAsync(taskId);
        }
        catch (Exception e) when (e is StoreException or RefusedException)
        {
            _notes.Add(new("task", $"task {taskId} waits for leave that cannot be looked at now: {e.Message}", IsTrouble: true));
        }
    }

    /// <summary>One look at a task at a time, in the order in which they were asked for: each sees what the one before has made of it.</summary>
    private async Task LookAsync(string taskId)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task before;
        lock (_looks)
        {
            before = _looks.GetValueOrDefault(taskId, Task.CompletedTask);
            _looks[taskId] = done.Task;
        }

        await before;
        try
        {
            await LookNowAsync(taskId);
        }
        finally
        {
            lock (_looks)
            {
                if (_looks[taskId] == done.Task)
                {
                    _looks.Remove(taskId);
                }
            }

            done.SetResult();
        }
    }

    private async Task LookNowAsync(string taskId)
    {
        var task = _board.Find(taskId);
        string? key = task is not null && IsWaiting(task) ? KeyOf(task) : null;
        foreach (var stale in _requests.Pending.Where(request => request.Kind == RequestKind.Approval && request.TaskId == taskId && request.Key != key))
        {
            await _requests.WithdrawOneAsync(stale, task is null ? "its task is over" : "its task was changed");
        }

        if (key is not null)
        {
            await ApplyAsync(task!, await AskAsync(task!, key));
        }

        lock (_owed)
        {
            _owed.Remove(taskId);
        }
    }

    private Task<WorkerRequest> AskAsync(WorkTask task, string key) => _requests.AskAsync(new()
    {
        Kind = RequestKind.Approval,
        Key = key,
        TaskId = task.TaskId,
        WorkerType = task.Spec.WorkerType,
        WorkingDirectory = task.Spec.WorkingDirectory,
        Text = _textOf(task),
    });

    private async Task ApplyAsync(WorkTask task, WorkerRequest request)
    {
        if (request.IsPending)
        {
            return;
        }

        string why = $"not approved: {request.State.ToWire()} by {request.DecidedBy}{(request.Answer is { Length: > 0 } note && request.State == RequestState.Denied ? $": {note}" : "")}";
        var changed = await _board.ChangeAsync(
            task.TaskId,
            now => !IsWaiting(now) || KeyOf(now) != request.Key ? null
                : request.State == RequestState.Allowed ? new TaskEvent.Unparked()
                : new TaskEvent.CancelAsked(why));
        if (changed is { Reason: WaitReason.Dependency })
        {
            await _lookAtDependencies(changed);
        }
    }
}
