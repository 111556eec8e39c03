using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Storage;

/// <summary>
/// Tasks and their attempts: the rows are the truth. Writes are put in line when they are called, before the first await: what is called
/// first is committed first. A fact is added in the same transaction as what it tells of.
/// </summary>
public interface ITaskStore
{
    /// <summary>
    /// Adds all of them or none, and gives each its position. One whose key is known already is not added again: the one that is there is
    /// returned in its place. Facts: <c>TaskAdded</c>, one for each that is new.
    /// </summary>
    Task<IReadOnlyList<AddedTask>> AddAsync(IReadOnlyList<WorkTask> tasks);

    /// <summary>
    /// Puts a task in the place of its former state, with its last attempt. False where its revision is not the next one to the row's: somebody
    /// was there before, and nothing is changed.
    /// </summary>
    /// <param name="isEdited">What was asked for has changed too: the prompt, the priority, the specification.</param>
    /// <param name="fact">What is told of it, if it is taken; its number is given here. Null for nothing.</param>
    Task<bool> ChangeAsync(WorkTask task, bool isEdited = false, WorkerEvent? fact = null);

    /// <summary>Null where it is not known.</summary>
    Task<WorkTask?> FindAsync(string taskId, CancellationToken cancellationToken);

    /// <summary>Null where none has that key.</summary>
    Task<WorkTask?> FindByKeyAsync(string key, CancellationToken cancellationToken);

    /// <summary>Those that are not over, in order of acceptance.</summary>
    Task<IReadOnlyList<WorkTask>> OpenAsync(CancellationToken cancellationToken);

    /// <summary>Those that match, the last one first.</summary>
    Task<TaskPage> ListAsync(TaskQuery query, CancellationToken cancellationToken);

    /// <summary>How many there are in each state.</summary>
    Task<IReadOnlyDictionary<TaskState, long>> CountAsync(CancellationToken cancellationToken);

    /// <summary>Of these workers, those that were made for an attempt.</summary>
    Task<IReadOnlySet<string>> OfAttemptsAsync(IReadOnlyCollection<string> workerIds, CancellationToken cancellationToken);

    /// <summary>Since when no task is begun; null where the queue goes on.</summary>
    Task<DateTimeOffset?> PausedAsync(CancellationToken cancellationToken);

    /// <param name="since">Null: the queue goes on.</param>
    /// <param name="fact">What is told of it; null for nothing.</param>
    Task PauseAsync(DateTimeOffset? since, WorkerEvent? fact = null);

    /// <summary>Forgets tasks that were over before then and on which none depends that is not over. Their keys may be used again.</summary>
    Task RemoveAsync(DateTimeOffset before);
}

/// <param name="IsNew">False where a task with its key was there already: then it is that one.</param>
public sealed record AddedTask(WorkTask Task, bool IsNew);

/// <summary>Which tasks; what is null or empty does not choose.</summary>
public sealed record TaskQuery
{
    public const int LimitMax = 1000;

    public IReadOnlyList<TaskState> States { get; init; } = [];

    public string? Role { get; init; }

    public string? Queue { get; init; }

    /// <summary>Created then or later.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Only those accepted before the task with this <see cref="WorkTask.Position"/>.</summary>
    public long? Before { get; init; }

    /// <summary>1–1000.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Set by the host: only those that were added from within this run.</summary>
    public string? ParentRun { get; init; }
}

/// <param name="Next">What to ask for as <see cref="TaskQuery.Before"/> to get more; null where there is no more.</param>
public sealed record TaskPage(IReadOnlyList<WorkTask> Tasks, long? Next);
