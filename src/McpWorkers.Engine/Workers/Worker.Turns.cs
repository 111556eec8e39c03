using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers.Runs;
using McpWorkers.Engine.Workers.Telemetry;

namespace McpWorkers.Engine.Workers;

/// <content>The line of its runs: each takes its turn, goes on, and is settled.</content>
internal sealed partial class Worker
{
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
