using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers.Runs;

namespace McpWorkers.Engine.Workers;

/// <summary>
/// A spawned worker: its type, place and session. It costs no process between runs. Prompts that come while it is busy wait in order.
/// </summary>
internal sealed class Worker(
    string id, WorkerType type, IAgentAdapter agent, string executable, SpawnRequest spawn, string workingDirectory,
    IReadOnlyDictionary<string, string> environment, RunSlots slots, RunExecutor executor, EventFeed events, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly List<PromptRun> _runs = [];
    private readonly DateTimeOffset _created = time.GetUtcNow();
    private Task _last = Task.CompletedTask;
    private WorkerStatus _status = WorkerStatus.Pending;
    private WorkerResult? _result;
    private string? _session;
    private SessionTotals _totals = SessionTotals.Zero;
    private Usage? _usage;
    private decimal? _cost;
    private bool _closed;
    private int _done;

    public string Id { get; } = id;

    public WorkerType Type { get; } = type;

    /// <summary>Takes a prompt; its turn comes when those before it are done.</summary>
    /// <exception cref="RefusedException">The worker is being closed.</exception>
    public PromptRun Accept(string prompt, TimeSpan timeout, string runId, string runDirectory)
    {
        var run = new PromptRun(new(runId, runDirectory, Id, Type.Name, agent.Name, agent.Capabilities.IsSimulated), prompt, timeout, time.GetTimestamp(), time);
        lock (_lock)
        {
            if (_closed)
            {
                throw new RefusedException(RefusalCode.NotFound, $"Worker '{Id}' is being closed. Spawn another one with worker_spawn.");
            }

            _runs.Add(run);
            if (_runs.Count == 1)
            {
                _status = WorkerStatus.Starting;
            }

            _last = TakeTurnAsync(run, _last);
        }

        Tell(WorkerEventKind.Queued, run, "accepted");
        return run;
    }

    public WorkerSnapshot Snapshot()
    {
        lock (_lock)
        {
            var run = _runs.FirstOrDefault();
            return new()
            {
                WorkerId = Id,
                WorkerType = Type.Name,
                Agent = agent.Name,
                Status = _status,
                WorkingDirectory = workingDirectory,
                Model = spawn.Model ?? Type.Model,
                SessionId = _session,
                Created = _created,
                RunId = run?.Identity.RunId ?? _result?.Metadata["run_id"]?.GetValue<string>(),
                RunStarted = run?.Started,
                Elapsed = run is null ? _result?.Duration ?? TimeSpan.Zero : ElapsedOf(run),
                Waiting = Math.Max(0, _runs.Count - 1),
                RunsDone = _done,
                Activity = run?.Progress.Activity ?? OneLine.LastOf(_result?.Output ?? ""),
                Usage = run is null ? _usage : run.Progress.Usage,
                CostUsd = run is null ? _cost : run.Progress.CostUsd,
                HasResult = _result is not null,
                Simulated = agent.Capabilities.IsSimulated,
            };
        }
    }

    /// <summary>The last result; of a run that goes on, what there is so far. Null where nothing was ever run.</summary>
    public WorkerResult? Collect()
    {
        lock (_lock)
        {
            return _runs.FirstOrDefault() is { } run ? run.SoFar(_status, ElapsedOf(run), time.GetUtcNow()) : _result;
        }
    }

    /// <summary>Stops what runs and what waits. Returns when all of it is settled; false where there was nothing.</summary>
    public async Task<bool> StopAsync(StopReason reason, StopPlan? plan)
    {
        List<PromptRun> runs;
        lock (_lock)
        {
            runs = [.. _runs];
        }

        // Those that wait first: none of them may step into the place that becomes free.
        await Task.WhenAll(runs.AsEnumerable().Reverse().Select(run => run.StopAsync(reason, plan)));
        return runs.Count > 0;
    }

    /// <summary>Takes no more prompts, and stops what there is.</summary>
    public Task<bool> CloseAsync(StopReason reason)
    {
        lock (_lock)
        {
            _closed = true;
        }

        return StopAsync(reason, null);
    }

    private async Task TakeTurnAsync(PromptRun run, Task before)
    {
        // Whose turn it is at once takes its place in the line for a slot now: runs go on in the order in which they were accepted.
        var place = before.IsCompleted ? slots.TakeAsync(run.StoppedBeforeLaunch) : null;

        // The caller holds the lock until it has noted this task.
        await Task.Yield();
        await before;
        var report = await RunGuardedAsync(run, place ?? slots.TakeAsync(run.StoppedBeforeLaunch));
        lock (_lock)
        {
            _runs.Remove(run);
            _done++;
            _result = report.Result;
            _status = _runs.Count > 0 ? WorkerStatus.Starting : report.Result.Status;
            Remember(report);
        }

        Tell(WorkerEventKind.Settled, run, report.Result.Status.ToWire());
        run.Settle(report.Result);
    }

    private async Task<RunReport> RunGuardedAsync(PromptRun run, Task<RunSlots.Slot> place)
    {
        try
        {
            using var slot = await place;
            return await executor.RunAsync(run, Context(), () => OnChanged(run));
        }
        catch (OperationCanceledException) when (run.Stop is not null)
        {
            return new(ResultMaker.OfUnlaunched(run.Identity, new RunOutcome.Cancelled(run.Stop.Detail), time.GetUtcNow()), null);
        }
#pragma warning disable CA1031 // A fault of ours must end this run with its message, and not leave whoever waits for it waiting for ever.
        catch (Exception e)
#pragma warning restore CA1031
        {
            string fault = $"Internal fault: {e.GetType().Name}: {e.Message}";
            return run.Started is null
                ? new(ResultMaker.OfUnlaunched(run.Identity, new RunOutcome.LaunchFailed(fault), time.GetUtcNow()), null)

                // It ran: what it said is kept, and nobody can say how it ended.
                : new(
                    ResultMaker.OfUnlaunched(run.Identity, new RunOutcome.Lost(fault), time.GetUtcNow()) with
                    {
                        Output = run.Progress.Text,
                        Duration = ElapsedOf(run),
                    },
                    null);
        }
    }

    private RunContext Context()
    {
        lock (_lock)
        {
            bool resumes = _session is not null && agent.Capabilities.Resume;
            return new(
                Type, agent, executable, workingDirectory, spawn.Model, spawn.Permission ?? Type.Permission, environment,
                resumes ? _session : null, resumes ? _totals : SessionTotals.Zero);
        }
    }

    private void Remember(RunReport report)
    {
        if (report.Summary is { } summary)
        {
            // Only a session that a run announced can be gone on with. A resumed run that was cut short may not say it again, and one that
            // could not start may have lost it.
            bool isLost = summary.Verdict is AgentVerdict.Failed { Kind: FailureKind.Startup };
            _session = summary.SessionId ?? (isLost ? null : _session);
            _totals = summary.SessionAfter;
            _usage = summary.Usage;
            _cost = summary.CostUsd;
        }
    }

    private void OnChanged(PromptRun run)
    {
        bool started;
        lock (_lock)
        {
            started = _status == WorkerStatus.Starting;
            _status = WorkerStatus.Running;
        }

        Tell(started ? WorkerEventKind.Started : WorkerEventKind.Activity, run, run.Progress.Activity);
    }

    private TimeSpan ElapsedOf(PromptRun run) => run.Started is { } started ? time.GetUtcNow() - started : TimeSpan.Zero;

    private void Tell(WorkerEventKind kind, PromptRun run, string text) =>
        events.Publish([new(events.Last + 1, time.GetUtcNow(), kind, Id, run.Identity.RunId, Status, text)]);

    private WorkerStatus Status
    {
        get
        {
            lock (_lock)
            {
                return _status;
            }
        }
    }
}
