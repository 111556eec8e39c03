using McpWorkers.Engine.Model;
using McpWorkers.Engine.Tasks.Rules;
using McpWorkers.Engine.Workers.Runs;

namespace McpWorkers.Engine.Tasks.Dispatch;

/// <summary>How an attempt is made. The dispatcher decides when.</summary>
internal interface IAttempts
{
    /// <summary>Whether an attempt at it may be begun now, slots aside. Quick.</summary>
    bool Takes(WorkTask task);

    /// <summary>The type of the worker that has the task, or would get it now; empty where none can be told. Quick.</summary>
    string TypeOf(WorkTask task);

    /// <summary>The worker type and credential whose limits it would share as a task of this type. Quick.</summary>
    string AccountOf(WorkTask task, string type) => type;

    /// <summary>Why tasks of that account may spend nothing now, in a sentence for a person; null where they may. Quick.</summary>
    string? Unaffordable(string account) => null;

    /// <summary>Ids of the run, and of the worker that is to have it, for a task whose turn it is. Starts nothing. Quick.</summary>
    (string RunId, string WorkerId) Plan(WorkTask task);

    /// <summary>Whether anything of an attempt that an earlier host had begun was ever started, or can still be started as it was planned.</summary>
    Task<bool> IsBegunAsync(TaskAttempt attempt, CancellationToken cancellationToken);

    /// <summary>Takes the last attempt of a task from wherever it stands to its end.</summary>
    /// <param name="slot">To be given back when nothing of the attempt runs any more; null for one that an earlier host had begun.</param>
    /// <param name="wish">What is asked of the attempt by now.</param>
    /// <exception cref="OperationCanceledException">The host leaves, and the attempt goes on or is gone on with by the next one.</exception>
    Task<AttemptEnd> RunAsync(WorkTask task, RunSlots.Slot? slot, Func<StopWish> wish, CancellationToken leaving);

    /// <summary>Stops what goes on of an attempt. Returns once nothing of it is left.</summary>
    Task StopAsync(TaskAttempt attempt, string reason);

    /// <summary>Its end is recorded: what it needed and nobody needs any more is given back.</summary>
    Task ReleaseAsync(WorkTask task);

    /// <summary>A task that waits was changed: what was kept for its next attempt is as the task was before, and is given back.</summary>
    Task LetGoAsync(WorkTask task);

    /// <summary>Gives back what earlier hosts left and none of these tasks needs.</summary>
    Task RecoverAsync(IReadOnlyList<WorkTask> open, CancellationToken cancellationToken);
}
