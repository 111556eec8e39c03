using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers;

/// <summary>Spawns, runs, lists, watches, collects and closes workers. The engine's one door for every transport.</summary>
public sealed class WorkerManager : IAsyncDisposable
{
    /// <summary>The effective settings.</summary>
    public HostSettings Settings => throw new NotImplementedException();

    public EventFeed Events => throw new NotImplementedException();

    /// <summary>Makes workers; costs no process. Returns their ids (<c>term_</c> and 12 hexadecimal digits), all or none.</summary>
    /// <exception cref="RefusedException">Unknown type, missing executable, count out of 1–50, too many workers, bad directory.</exception>
    public Task<IReadOnlyList<string>> SpawnAsync(SpawnRequest request, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Runs a prompt on a worker and waits for its result. Cancelling the token ends the waiting only: the run goes on.</summary>
    /// <exception cref="RefusedException">Unknown worker, empty or too long prompt, time-out out of range.</exception>
    public Task<WorkerResult> ExecuteAsync(string workerId, string prompt, ExecuteOptions? options = null, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>
    /// Runs prompt i on worker i; a repeated worker takes its prompts in turn. One result for each item, in the order given;
    /// an unknown worker's item is a failed result.
    /// </summary>
    /// <exception cref="RefusedException">Lists empty or of different length, a bad prompt, time-out out of range.</exception>
    public Task<IReadOnlyList<WorkerResult>> ExecuteBatchAsync(
        IReadOnlyList<string> workerIds, IReadOnlyList<string> prompts, ExecuteOptions? options = null, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>All workers, oldest first.</summary>
    public IReadOnlyList<WorkerSnapshot> List() => throw new NotImplementedException();

    /// <summary>
    /// The status of these workers (null: all), by id. Waits up to the interval for a change of one of them, if any is at work.
    /// </summary>
    /// <param name="interval">0.1–10 s.</param>
    /// <exception cref="RefusedException">Unknown worker, interval out of range.</exception>
    public Task<IReadOnlyDictionary<string, WorkerStatus>> MonitorAsync(
        IReadOnlyList<string>? workerIds, TimeSpan interval, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>The last result of these workers (null: of all that have one), by id. A worker at work gives what there is so far, with status running.</summary>
    /// <exception cref="RefusedException">Unknown worker.</exception>
    public Task<IReadOnlyDictionary<string, WorkerResult>> CollectAsync(IReadOnlyList<string>? workerIds, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Stops the worker's run, and those that wait on it. Returns once nothing of it is left; false where nothing ran or waited.</summary>
    /// <exception cref="RefusedException">Unknown worker.</exception>
    public Task<bool> CancelAsync(string workerId, string reason, StopPlan? plan = null, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Ends a worker; a run that goes on is stopped first. An unknown id gives an unsuccessful result, not an exception.</summary>
    public Task<CloseResult> CloseAsync(string workerId, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Ends all workers; returns how many there were.</summary>
    public Task<int> CloseAllAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    public WorkerHealth Health() => throw new NotImplementedException();

    /// <summary>The configured worker types, and whether this machine can run them.</summary>
    public IReadOnlyList<WorkerTypeView> Types() => throw new NotImplementedException();

    /// <summary>A page of a run's whole output text.</summary>
    /// <param name="runId">As in a result's metadata.</param>
    /// <param name="cursor">In characters, from 0.</param>
    /// <exception cref="RefusedException">Unknown run, cursor out of range.</exception>
    public Task<OutputPage> ReadOutputAsync(string runId, long cursor, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Stops every run of this host within the grace, and waits until nothing is left.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
