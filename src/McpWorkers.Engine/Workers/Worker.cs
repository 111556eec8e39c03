using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Budgets;
using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers.Places;
using McpWorkers.Engine.Workers.Runs;
using McpWorkers.Engine.Workers.Telemetry;

namespace McpWorkers.Engine.Workers;

/// <summary>
/// A spawned worker: its type, place and session. It costs no process between runs. Prompts that come while it is busy wait in order.
/// </summary>
internal sealed class Worker(
    StoredWorker stored, WorkerType type, IAgentAdapter agent, IReadOnlyDictionary<string, string> environment, WorkPlace place, WorkerSurroundings around)
{
    /// <summary>Of agents of which nobody knows how long they wait for a tool.</summary>
    private static readonly TimeSpan HoldUnknown = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan HoldMargin = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly List<PromptRun> _runs = [];
    private Task _last = Task.CompletedTask;
    private WorkerStatus _status = WorkerStatus.Pending;
    private KeptResult? _result;
    private WorkerSession _session = WorkerSession.Of(stored);

    /// <summary>The run after which the session is as it is; null where that is not known.</summary>
    private string? _heard = stored.LastRun is { Result: { } last } && last["metadata"]?["started_at"] is not null ? stored.LastRun.RunId : null;
    private bool _closed;
    private int _done = stored.RunsDone;
    private long _touched = around.Time.GetTimestamp();

    public string Id => stored.WorkerId;

    /// <summary>The run from within which it was spawned.</summary>
    public string? ParentRun => stored.ParentRun;

    public WorkerType Type => type;

    /// <summary>Where its agents work; absolute.</summary>
    public string WorkingDirectory => place.Directory;

    /// <summary>What it shares an account's limits with.</summary>
    public string Pool { get; } = PoolKey.Of(type, agent.Probe, environment, around.EnvironmentDeny);

    /// <summary>Each of its runs begins a session of its own, though they share the place.</summary>
    public bool IsFresh { get; init; }

    /// <summary>How far its runs may go alone; null for what the host says.</summary>
    public AutonomyLevel? Autonomy { get; init; }

    /// <summary>What each of its runs may spend, besides its type's own budget.</summary>
    public Budget Budget { get; init; } = Budget.None;

    /// <summary>What must not be shown of its environment.</summary>
    public SecretValues Secrets { get; } = SecretValues.Of(
        environment.Concat(type.Environment).Concat(type.McpServers.SelectMany(server => server.Environment)), agent.Probe.CredentialVariables);

    /// <summary>How long nothing has happened here; zero while something does.</summary>
    public TimeSpan Idle
    {
        get
        {
            lock (_lock)
            {
                return _runs.Count > 0 ? TimeSpan.Zero : around.Time.GetElapsedTime(_touched);
            }
        }
    }

    /// <summary>What bounds a run of it: the smaller amounts of its type, of its own and of what was asked for.</summary>
    public RunBudget BudgetOf(RunBudget asked) => asked with { Own = Budget.Least(Budget.Least(type.Budget, Budget), asked.Own) };

    /// <summary>A run of it, as far as its spending is concerned.</summary>
    /// <param name="before">The runs whose session it goes on with, the latest first; null for none.</param>
    public BudgetedRun Budgeted(string runId, RunBudget budget, IReadOnlyList<string>? before = null) => new()
    {
        RunId = runId,
        Before = before ?? [],
        WorkerId = Id,
        WorkerType = type.Name,
        Agent = agent.Name,
        Pool = Pool,
        TaskId = budget.TaskId,
        Model = stored.Model ?? type.Model,
        Capabilities = agent.Capabilities,
        Budget = budget.Own,
        TaskBudget = budget.OfTask,
        PoolBudget = type.PoolBudget,
    };

    /// <param name="before">The runs whose session it goes on with after an answer, the latest first; null for none.</param>
    public PromptRun NewRun(
        string runId, string runDirectory, string prompt, TimeSpan timeout, DateTimeOffset acceptedAt, bool isRestored = false, RunSlots.Slot? slot = null,
        IReadOnlyList<string>? before = null, RunBudget? budget = null)
    {
        var run = new PromptRun(
            new(runId, runDirectory, Id, type.Name, agent.Name, agent.Capabilities.IsSimulated, Continues: before is [var last, ..] ? last : null),
            prompt,
            timeout == TimeSpan.Zero ? type.Timeout ?? TimeSpan.Zero : timeout,
            acceptedAt,
            Secrets,
            around.Time)
        {
            IsRestored = isRestored,
            Before = before ?? [],
            Budget = budget ?? RunBudget.None,
            Slot = slot,
            Ticket = around.Gate.NextTicket(),
            Holds = new RunHolds(HoldMax, around.Time),
        };
        run.Quota = new RunQuota(around.Gate, Pool, runId, agent.Name, () => run.Started, Secrets, around.Time);
        run.Ended = (outcome, leaving) => around.Continuations.AfterAsync(this, run, outcome, leaving);
        run.GoneOn = leaving => around.Continuations.GoneOnAsync(this, run, leaving);
        return run;
    }

    /// <summary>Puts a run into this worker's line: its turn comes when it is stored and those before it are done.</summary>
    /// <exception cref="RefusedException">The worker is being closed.</exception>
    public void Enqueue(PromptRun run)
    {
        lock (_lock)
        {
            if (_closed)
            {
                throw new RefusedException(RefusalCode.NotFound, $"Worker '{Id}' is being closed. Spawn another one with worker_spawn.");
            }

            _runs.Add(run);
            run.Trace = RunTrace.Begin(run.Identity, isAdopted: false);
            _touched = around.Time.GetTimestamp();
            if (_runs.Count == 1)
            {
                _status = WorkerStatus.Starting;
            }

            _last = TakeTurnAsync(run, _last);
        }
    }

    /// <summary>Takes up a run that goes on, or has ended, without a host. Only right after the worker was restored.</summary>
    public void Adopt(PromptRun run, IExecutionHandle handle, RecordedRun recorded)
    {
        var slot = around.Slots.TakeNow();
        around.Meter.Adopted();
        run.Trace = RunTrace.Begin(run.Identity, isAdopted: true);
        run.Launched(handle);
        around.Gate.TakeUp(Pool, run.Identity.RunId, run.Started);
        lock (_lock)
        {
            _runs.Add(run);
            _status = WorkerStatus.Running;
            var adopted = FinishAsync(run, async () =>
            {
                using (slot)
                {
                    run.Place = slot;
                    return await around.Executor.AdoptAsync(run, handle, recorded, agent, Aids(run), place, () => OnChanged(run), around.Leaving);
                }
            });
            _last = Task.WhenAll(_last, adopted);
        }
    }

    /// <summary>The result of the last run before this host.</summary>
    public void Restore(KeptResult last)
    {
        _result = last;
        _status = last.Status;
    }

    public WorkerSnapshot Snapshot()
    {
        lock (_lock)
        {
            var run = _runs.FirstOrDefault();
            return new()
            {
                WorkerId = Id,
                WorkerType = type.Name,
                Agent = agent.Name,
                Status = _status,
                WorkingDirectory = stored.WorkingDirectory,
                Workspace = place.Kind,
                Branch = place.Branch,
                Launcher = place.Launch.Launcher,
                Image = place.Launch.Image,
                Model = stored.Model ?? type.Model,
                SessionId = _session.Id,
                Created = stored.Created,
                RunId = run?.Identity.RunId ?? _result?.RunId,
                RunStarted = run?.Started,
                Elapsed = run?.Elapsed(around.Time) ?? _result?.Duration ?? TimeSpan.Zero,
                WaitingFor = run is null ? null : WaitsFor(run),
                Waiting = Math.Max(0, _runs.Count - 1),
                RunsDone = _done,
                Activity = run?.Progress.Activity ?? _result?.LastLine ?? "",
                Usage = run is null ? _session.LastUsage : run.Progress.Usage,
                CostUsd = run is null ? _session.LastCostUsd : run.Progress.CostUsd,
                Load = run?.Load,
                HasResult = _result is { IsCollected: false },
                Simulated = agent.Capabilities.IsSimulated,
            };
        }
    }

    /// <summary>The last result; of a run that goes on, what there is so far. Null where nothing was ever run.</summary>
    public WorkerResult? Collect()
    {
        KeptResult? kept;
        lock (_lock)
        {
            if (_runs.FirstOrDefault() is { } run)
            {
                return SoFar(run, _status);
            }

            kept = _result;
            _touched = around.Time.GetTimestamp();
        }

        return kept?.Read();
    }

    /// <summary>What there is of one of this worker's runs that is not settled.</summary>
    public WorkerResult SoFar(PromptRun run)
    {
        lock (_lock)
        {
            return SoFar(run, _runs.FirstOrDefault() == run ? _status : WorkerStatus.Starting);
        }
    }

    /// <summary>Shows a line as what a run does now.</summary>
    public void Say(PromptRun run, string line)
    {
        run.Progress.Say(line);
        OnChanged(run);
    }

    public void MarkCollected(string runId)
    {
        lock (_lock)
        {
            if (_result is { } result && result.RunId == runId)
            {
                result.IsCollected = true;
            }
        }
    }

    /// <summary>Stops what runs and what waits. Returns when all of it is settled; false where there was nothing.</summary>
    public async Task<bool> StopAsync(StopReason reason, StopPlan? plan)
    {
        List<PromptRun> stopped = [];
        while (true)
        {
            List<PromptRun> runs;
            lock (_lock)
            {
                // At first all; then those that had begun to go on with one of them before it could be stopped.
                runs = [.. _runs.Where(run => stopped.Count == 0 || stopped.Exists(other => other.Identity.RunId == run.Identity.Continues))];
            }

            if (runs.Count == 0)
            {
                return stopped.Count > 0;
            }

            // Those that wait first: none of them may step into the place that becomes free.
            await Task.WhenAll(runs.AsEnumerable().Reverse().Select(run => run.StopAsync(reason, plan)));
            stopped.AddRange(runs);
        }
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

    private WorkerResult SoFar(PromptRun run, WorkerStatus status)
    {
        var result = run.SoFar(status, around.Time);
        if (WaitsFor(run) is { } waits)
        {
            result.Metadata["waiting_for"] = waits.ToJson();
        }

        return result;
    }

    private WaitingFor? WaitsFor(PromptRun run) =>
        around.Requests.PendingOf(run.Identity.RunId) is { } asked ? WaitingFor.Of(asked)
        : run.Started is null && around.Gate.HoldOf(Pool) is { } hold ? WaitingFor.Of(hold)
        : null;

    private async Task TakeTurnAsync(PromptRun run, Task before)
    {
        // Whose turn it is at once takes its place in the line for a slot now: runs go on in the order in which they were accepted.
        var slot = run.Slot is { } held ? Task.FromResult(held) : before.IsCompleted ? TakeSlotAsync(run) : null;

        // The caller holds the lock until it has noted this task.
        await Task.Yield();
        await before;
        bool isStored = await run.Stored;
        slot ??= TakeSlotAsync(run);
        if (isStored)
        {
            await FinishAsync(run, () => RunInSlotAsync(run, slot));
        }
        else
        {
            await RunSlots.GiveBackAsync(slot);
            around.Gate.Over(Pool, run.Identity.RunId);
            lock (_lock)
            {
                _runs.Remove(run);
                _status = _runs.Count > 0 ? WorkerStatus.Starting : _result?.Status ?? WorkerStatus.Pending;
            }

            run.Settle(ResultMaker.OfUnlaunched(run.Identity, new RunOutcome.LaunchFailed("It could not be stored."), around.Time.GetUtcNow()));
        }
    }

    /// <summary>A place among the runs that go on, once its pool gives something. Begins to wait at once.</summary>
    private async Task<RunSlots.Slot> TakeSlotAsync(PromptRun run)
    {
        while (true)
        {
            var slot = await around.Gate.PassAsync(Pool, run.Identity.RunId, run.Ticket, () => around.Slots.TakeAsync(run.StopAsked), run.StopAsked);
            if (around.Gate.TryBegin(Pool, run.Identity.RunId))
            {
                return slot;
            }

            // The limit was met while it waited for its place.
            slot.Dispose();
        }
    }

    private async Task<RunReport> RunInSlotAsync(PromptRun run, Task<RunSlots.Slot> coming)
    {
        using var slot = await coming;
        run.Place = slot;
        string executable;
        try
        {
            executable = around.Types.ExecutableOf(type, agent, environment, place.Commands.IsContainer);
        }
        catch (RefusedException missing)
        {
            return new(ResultMaker.OfUnlaunched(run.Identity, new RunOutcome.LaunchFailed(missing.Message), around.Time.GetUtcNow()), null);
        }

        return await around.Executor.RunAsync(run, Context(run, executable), place, () => OnChanged(run), around.Leaving);
    }

    /// <summary>Takes a run to its end, whatever that is, and settles it.</summary>
    private async Task FinishAsync(PromptRun run, Func<Task<RunReport>> go)
    {
        // An adoption is begun under the lock.
        await Task.Yield();
        if (await RunGuard.GoAsync(run, go, around.Time, around.Leaving) is not { } report)
        {
            run.Leave();
            return;
        }

        around.Gate.Over(Pool, run.Identity.RunId);
        SettledRun settled;
        lock (_lock)
        {
            _session = _session.After(report.Summary);
            _heard = report.Summary is null ? _heard : run.Identity.RunId;
            settled = _session.Settle(run.Identity, report.Result, around.Time.GetUtcNow());
        }

        // Durable first, then visible, then told.
        run.Committed = () => Show(run, report.Result);
        var result = await around.Settle(settled) is { } warning ? ResultMaker.WithWarning(report.Result, warning) : report.Result;
        Show(run, result);
        around.Meter.Settled(type, report, run.Identity.Queued);
        run.Trace?.Settled(report);
        run.Settle(result);
        run.Place?.Dispose();
        await around.Continuations.SettledAsync(run.Identity.RunId);
        if (run.Next is { } next)
        {
            next.Trace = RunTrace.Begin(next.Identity, isAdopted: false);
            await FinishAsync(next, () => RunInSlotAsync(next, TakeSlotAsync(next)));
        }
    }

    private void Show(PromptRun run, WorkerResult result)
    {
        lock (_lock)
        {
            if (!_runs.Remove(run))
            {
                return;
            }

            if (run.Next is { } next)
            {
                // Before the prompts that wait: it is the same work.
                _runs.Insert(0, next);
                if (run.Stop is { } stop)
                {
                    _ = next.StopAsync(stop, null);
                }
                else if (_closed)
                {
                    _ = next.StopAsync(new(StopKind.Cancelled, "its worker was closed"), null);
                }
            }

            _done++;
            _touched = around.Time.GetTimestamp();
            _result = KeptResult.Of(result, run.Identity.RunId, run.Identity.RunDirectory);
            _status = _runs.Count > 0 ? WorkerStatus.Starting : result.Status;
        }
    }

    /// <summary>So long a call of its agent is held at most: a little less than the agent waits for a tool.</summary>
    private TimeSpan HoldMax => Least(around.HoldMax, Least(agent.Capabilities.ToolTimeLimit ?? HoldUnknown, agent.Capabilities.AskTimeLimit ?? TimeSpan.MaxValue) - HoldMargin);

    private RunAids Aids(PromptRun run)
    {
        string runId = run.Identity.RunId;
        bool asksByTool = agent.Capabilities.Asks == AskBy.Tool && (stored.Permission ?? type.Permission) == Permission.Ask;
        var server = (type.Questions || asksByTool) && agent.Capabilities.McpServers && !place.Commands.IsContainer
            ? around.Voice.ServerFor(runId, HoldMax, type.Questions, asksByTool)
            : null;
        return new(
            Budgeted(runId, run.Budget, run.Before), server,
            (asked, cancellationToken) => around.Voice.AnswerAsync(runId, asked, HoldMax, cancellationToken),
            requestId => around.Voice.GivenAsync(runId, requestId));
    }

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private RunContext Context(PromptRun run, string executable)
    {
        var session = SessionFor(run);
        bool resumes = session.Id is not null && agent.Capabilities.Resume;
        return new(
            type, agent, executable, stored.WorkingDirectory, stored.Model, stored.Permission ?? type.Permission, place.Environment,
            resumes ? session.Id : null, resumes ? session.Totals : SessionTotals.Zero, stored.ParentRun)
        {
            Commands = place.Commands,
            Aids = Aids(run),
        };
    }

    /// <summary>What goes on after an answer has the session of the runs before it, whatever else the worker has done since.</summary>
    private WorkerSession SessionFor(PromptRun run)
    {
        WorkerSession latest;
        lock (_lock)
        {
            latest = IsFresh && run.Before.Count == 0 ? WorkerSession.None : _session;
            if (run.Before.Count == 0 || (_heard is { } heard && run.Before.Contains(heard)))
            {
                return latest;
            }
        }

        // None of them may have been launched.
        return around.Continuations.SessionOf(run.Before) ?? (IsFresh ? WorkerSession.None : latest);
    }

    private void OnChanged(PromptRun run)
    {
        bool started;
        lock (_lock)
        {
            started = _status == WorkerStatus.Starting;
            _status = WorkerStatus.Running;
        }

        if (started)
        {
            around.Launched(run);
        }
        else
        {
            around.Events.Activity(Id, run.Identity.RunId, WorkerStatus.Running, run.Progress.Activity, run.Progress.LogCursor);
        }
    }
}
