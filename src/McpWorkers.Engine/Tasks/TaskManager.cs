using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers;

namespace McpWorkers.Engine.Tasks;

/// <summary>
/// The queue of a host: takes tasks, has them done by workers in their order, tries again what may be tried again, and keeps all of it.
/// </summary>
public sealed class TaskManager : IAsyncDisposable
{
    private TaskManager()
    {
    }

    /// <summary>Who asks through this door.</summary>
    public Caller Caller { get; } = Caller.Owner;

    /// <summary>Whether nothing waits and nothing goes on: a host with tasks does not end itself for want of work.</summary>
    public bool IsIdle => throw new NotSupportedException();

    /// <summary>Takes up the tasks of a host where an earlier one left them. Dispose it before the manager.</summary>
    /// <exception cref="RefusedException">The store cannot be read.</exception>
    public static Task<TaskManager> OpenAsync(WorkerManager workers, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>The same queue through the eyes and with the rights of a caller. Costs nothing; disposing it does nothing.</summary>
    public TaskManager As(Caller caller) => throw new NotSupportedException();

    /// <summary>Adds a task. Returns once it is stored.</summary>
    /// <exception cref="RefusedException">As for <see cref="AddAsync(IReadOnlyList{TaskRequest}, CancellationToken)"/>.</exception>
    public Task<AddedTask> AddAsync(TaskRequest request, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Adds all of them or none, in the order given. Returns once they are stored.</summary>
    /// <exception cref="RefusedException">Unknown role, queue or worker type; bad prompt, time-out or directory; a dependency that is not known or a circle of them.</exception>
    public Task<IReadOnlyList<AddedTask>> AddAsync(IReadOnlyList<TaskRequest> requests, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    /// <param name="id">A task's id or key.</param>
    /// <exception cref="RefusedException">Unknown task.</exception>
    public Task<WorkTask> FindAsync(string id, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Those that match, the last one first.</summary>
    /// <exception cref="RefusedException">Limit out of range.</exception>
    public Task<TaskPage> ListAsync(TaskQuery query, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Changes a task whose attempt has not begun.</summary>
    /// <param name="id">A task's id or key.</param>
    /// <exception cref="RefusedException">Unknown task, one that runs or is over, or a bad value.</exception>
    public Task<WorkTask> EditAsync(string id, TaskEdit edit, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Takes a task back; an attempt that goes on is stopped. Returns once nothing of it is left. One that is over stays as it is.</summary>
    /// <param name="id">A task's id or key.</param>
    /// <exception cref="RefusedException">Unknown task.</exception>
    public Task<WorkTask> CancelAsync(string id, string reason = "", CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Puts a task that failed, was cancelled or is dead into the line again, with all its attempts before it.</summary>
    /// <param name="id">A task's id or key.</param>
    /// <exception cref="RefusedException">Unknown task, or one that is completed or not over.</exception>
    public Task<WorkTask> RetryAsync(string id, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Waits until a task is over, or for so long: then it is returned as it is. Cancelling the token ends the waiting only.</summary>
    /// <param name="id">A task's id or key.</param>
    /// <param name="timeout">Null for no bound but the token's.</param>
    /// <exception cref="RefusedException">Unknown task.</exception>
    public Task<WorkTask> WaitAsync(string id, TimeSpan? timeout = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Begins no more tasks until it is told to; what goes on goes on.</summary>
    public Task PauseAsync() => throw new NotSupportedException();

    public Task ResumeAsync() => throw new NotSupportedException();

    public Task<QueueStatus> StatusAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>
    /// All spending stops and nothing is lost: the queue is paused, tasks whose attempts go on are put back into it, and all other runs are
    /// cancelled, with what they had said. Returns once nothing runs any more.
    /// </summary>
    /// <exception cref="RefusedException">The caller is an agent inside a run.</exception>
    public Task<StopAllResult> StopAllAsync(string reason = "", CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Tells of each change from now on, once it is durable, until what is returned is disposed. In order for each task.</summary>
    /// <param name="changed">Must be quick and must not throw.</param>
    public IDisposable Listen(Action<TaskChanged> changed) => throw new NotSupportedException();

    /// <summary>Begins nothing more, and leaves what goes on to the host.</summary>
    public ValueTask DisposeAsync() => throw new NotSupportedException();
}
