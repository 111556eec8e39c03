using System.Collections.Concurrent;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Tasks.Dispatch;
using McpWorkers.Engine.Tasks.Rules;
using McpWorkers.Engine.Workers.Runs;

namespace McpWorkers.Tests.Tasks;

/// <summary>Attempts that need no worker: each ends as it is told to, and is counted.</summary>
internal sealed class NoOpAttempts(Func<WorkTask, CancellationToken, Task<AttemptEnd>>? run = null) : IAttempts
{
    public static readonly AttemptEnd Success = new(AttemptOutcome.Completed, AttemptCause.None);

    private readonly ConcurrentDictionary<string, int> _begun = new();
    private readonly ConcurrentDictionary<string, CancellationTokenSource> _going = new();
    private int _now;
    private int _most;

    /// <summary>How often the run of each id was begun.</summary>
    public IReadOnlyDictionary<string, int> Begun => _begun;

    /// <summary>How many went on at once, at most.</summary>
    public int Most => _most;

    public int Now => _now;

    /// <summary>Whether more may be begun.</summary>
    public bool IsOpen { get; set; } = true;

    public bool Takes(WorkTask task) => IsOpen;

    /// <summary>What a test says of a task's worker type.</summary>
    public Func<WorkTask, string> Types { get; set; } = task => task.Spec.WorkerType ?? "";

    public string TypeOf(WorkTask task) => Types(task);

    public (string RunId, string WorkerId) Plan(WorkTask task) => ("run_" + DataDirectory.NewId(16), "term_" + DataDirectory.NewId(12));

    public Task<bool> IsBegunAsync(TaskAttempt attempt, CancellationToken cancellationToken) => Task.FromResult(_begun.ContainsKey(attempt.RunId));

    public async Task<AttemptEnd> RunAsync(WorkTask task, RunSlots.Slot? slot, Func<StopWish> wish, CancellationToken leaving)
    {
        string runId = task.LastAttempt!.RunId;
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(leaving);
        _going[runId] = stopping;
        _begun.AddOrUpdate(runId, 1, (_, count) => count + 1);
        int now = Interlocked.Increment(ref _now);
        int most = _most;
        while (now > most)
        {
            most = Interlocked.CompareExchange(ref _most, now, most) is var seen && seen == most ? now : seen;
        }

        try
        {
            if (wish() != StopWish.None)
            {
                await stopping.CancelAsync();
            }

            return run is null ? Success : await run(task, stopping.Token);
        }
        catch (OperationCanceledException) when (!leaving.IsCancellationRequested)
        {
            return new(AttemptOutcome.Cancelled, AttemptCause.Cancelled, "stopped");
        }
        finally
        {
            _going.TryRemove(runId, out _);
            Interlocked.Decrement(ref _now);
            slot?.Dispose();
        }
    }

    public Task StopAsync(TaskAttempt attempt, string reason) => _going.TryGetValue(attempt.RunId, out var stopping) ? stopping.CancelAsync() : Task.CompletedTask;

    public Task ReleaseAsync(WorkTask task) => Task.CompletedTask;

    public Task LetGoAsync(WorkTask task) => Task.CompletedTask;

    public Task RecoverAsync(IReadOnlyList<WorkTask> open, CancellationToken cancellationToken) => Task.CompletedTask;
}
