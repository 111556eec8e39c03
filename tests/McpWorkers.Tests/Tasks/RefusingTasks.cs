using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Tests.Tasks;

/// <summary>A store of tasks that refuses changes, or that and questions, while it is told to: a disk that is full, or away.</summary>
internal sealed class RefusingTasks(ITaskStore store) : ITaskStore
{
    private int _refused;

    public bool RefusesChanges { get; set; }

    public bool RefusesQuestions { get; set; }

    /// <summary>How often it has refused a change.</summary>
    public int Refused => _refused;

    public Task<IReadOnlyList<AddedTask>> AddAsync(IReadOnlyList<WorkTask> tasks) => store.AddAsync(tasks);

    public async Task<bool> ChangeAsync(WorkTask task, bool isEdited = false, WorkerEvent? fact = null)
    {
        if (!RefusesChanges)
        {
            return await store.ChangeAsync(task, isEdited, fact);
        }

        await Task.Yield();
        Interlocked.Increment(ref _refused);
        throw Refusal();
    }

    public Task<WorkTask?> FindAsync(string taskId, CancellationToken cancellationToken) =>
        RefusesQuestions ? Task.FromException<WorkTask?>(Refusal()) : store.FindAsync(taskId, cancellationToken);

    public Task<WorkTask?> FindByKeyAsync(string key, CancellationToken cancellationToken) => store.FindByKeyAsync(key, cancellationToken);

    public Task<IReadOnlyList<WorkTask>> OpenAsync(CancellationToken cancellationToken) => store.OpenAsync(cancellationToken);

    public Task<TaskPage> ListAsync(TaskQuery query, CancellationToken cancellationToken) => store.ListAsync(query, cancellationToken);

    public Task<IReadOnlyDictionary<TaskState, long>> CountAsync(CancellationToken cancellationToken) => store.CountAsync(cancellationToken);

    public Task<IReadOnlySet<string>> OfAttemptsAsync(IReadOnlyCollection<string> workerIds, CancellationToken cancellationToken) =>
        store.OfAttemptsAsync(workerIds, cancellationToken);

    public Task<DateTimeOffset?> PausedAsync(CancellationToken cancellationToken) => store.PausedAsync(cancellationToken);

    public Task PauseAsync(DateTimeOffset? since, WorkerEvent? fact = null) =>
        RefusesChanges ? Task.FromException(Refusal()) : store.PauseAsync(since, fact);

    public Task RemoveAsync(DateTimeOffset before) => store.RemoveAsync(before);

    private static StoreException Refusal() => new(StoreFault.Full, "the disk is full");
}
