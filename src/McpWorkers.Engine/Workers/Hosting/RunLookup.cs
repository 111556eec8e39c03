using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers.Runs;

namespace McpWorkers.Engine.Workers.Hosting;

/// <summary>Finds runs, those that go on and those that are settled, and reads what they wrote.</summary>
internal sealed class RunLookup(WorkerHost host)
{
    /// <summary>How long the moment may last between a run's end and the store's word for it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);

    /// <exception cref="RefusedException">Unknown run.</exception>
    public async Task<RunView> FindAsync(string runId, Caller caller, CancellationToken cancellationToken)
    {
        long begun = host.Time.GetTimestamp();
        while (true)
        {
            if (host.Live.Find(runId) is { } live)
            {
                CheckVisible(runId, live.Worker, caller);
                return ViewOf(runId, live.Run.Result.IsCompletedSuccessfully ? await live.Run.Result : live.Worker.SoFar(live.Run));
            }

            var stored = await FindStoredAsync(runId, caller, cancellationToken);
            if (stored.Result is { } result)
            {
                return ViewOf(runId, KeptResult.ToResult(result, RunRecord.ReadOutput(host.Home.RunPath(runId))));
            }

            // Over, and the store could not be told: the run directory knows.
            if (RunRecord.TryRead(host.Home.RunPath(runId))?.Result is { } recorded)
            {
                return ViewOf(runId, KeptResult.ToResult(recorded, RunRecord.ReadOutput(host.Home.RunPath(runId))));
            }

            if (host.Time.GetElapsedTime(begun) > Patience)
            {
                throw new RefusedException(RefusalCode.NotFound, $"Run '{runId}' was accepted, and nothing more is known of it.");
            }

            await Task.Delay(Look, host.Time, cancellationToken);
        }
    }

    /// <exception cref="RefusedException">Unknown run.</exception>
    public async Task<WorkerResult> WaitAsync(string runId, Caller caller, CancellationToken cancellationToken)
    {
        if (host.Live.Find(runId) is { } live)
        {
            CheckVisible(runId, live.Worker, caller);
            return await FollowAsync(live.Run.Result, caller, cancellationToken);
        }

        return await FollowAsync(Task.FromResult((await FindAsync(runId, caller, cancellationToken)).Result), caller, cancellationToken);
    }

    /// <summary>The result of a run, or of the one that went on with it after an answer.</summary>
    public async Task<WorkerResult> FollowAsync(Task<WorkerResult> running, Caller caller, CancellationToken cancellationToken)
    {
        var result = await running.WaitAsync(cancellationToken);
        return result.Metadata["continued_by"]?.GetValue<string>() is { } next ? await WaitAsync(next, caller, cancellationToken) : result;
    }

    /// <summary>A page of a run's text: the answer once it is settled, what there is so far before.</summary>
    public async Task<OutputPage> ReadOutputAsync(string runId, long cursor, Caller caller, CancellationToken cancellationToken)
    {
        var run = await FindAsync(runId, caller, cancellationToken);
        string text = run.Result.Output;
        if (cursor < 0 || cursor > text.Length)
        {
            throw Arguments.Invalid($"cursor is {cursor}; allowed are 0 to {text.Length}, the length of the output of run '{runId}'.");
        }

        int start = (int)cursor;
        int end = Math.Min(text.Length, start + host.Settings.OutputInlineMax);
        if (end < text.Length && char.IsHighSurrogate(text[end - 1]))
        {
            end--;
        }

        return new(text[start..end], start, end < text.Length ? end : null, text.Length, run.IsSettled);
    }

    public async Task<RunLogPage> ReadLogAsync(string runId, long cursor, int linesMax, Caller caller, CancellationToken cancellationToken)
    {
        if (linesMax is < 1 or > RunLog.LinesMax)
        {
            throw Arguments.Invalid($"lines is {linesMax}; allowed are 1 to {RunLog.LinesMax}.");
        }

        var run = await FindAsync(runId, caller, cancellationToken);
        string agent = run.Result.Metadata["agent"]?.GetValue<string>() ?? "";
        return host.Types.FindAgent(agent) is { } adapter
            ? RunLog.Read(host.Home.RunPath(runId), adapter, cursor, linesMax, run.IsSettled, SecretsOf(run))
            : throw new RefusedException(RefusalCode.Unsupported, $"Run '{runId}' is of agent '{agent}', which this version does not know.");
    }

    public async Task<RawLogPage> ReadRawAsync(string runId, long cursor, Caller caller, CancellationToken cancellationToken)
    {
        if (caller.ParentRun is not null)
        {
            throw new RefusedException(RefusalCode.Forbidden, "The raw transcript may hold secrets: only the user may read it, not an agent inside a run.");
        }

        var run = await FindAsync(runId, caller, cancellationToken);
        return RawLog.Read(host.Home.RunPath(runId), cursor, run.IsSettled);
    }

    /// <summary>Of a worker that is closed the environment was dropped: what this host has seen and what was noted when the run ended.</summary>
    private SecretValues SecretsOf(RunView run) =>
        host.Registry.TryFind(run.WorkerId, Caller.Owner)?.Secrets ?? host.Seen.With(SaidSecrets.Of(host.Home.RunPath(run.RunId)));

    /// <exception cref="RefusedException">It is not there, or not this caller's.</exception>
    public static void CheckVisible(string runId, Worker worker, Caller caller)
    {
        if (!WorkerRegistry.IsVisible(worker, caller))
        {
            throw Unknown(runId);
        }
    }

    private async Task<StoredRun> FindStoredAsync(string runId, Caller caller, CancellationToken cancellationToken)
    {
        var stored = RunIntake.IsRunId(runId) ? await WorkerHost.ReadAsync(() => host.Store.Workers.FindRunAsync(runId, cancellationToken)) : null;

        // From within a run only the workers that are there can be looked at: whose the others were is not kept with their runs.
        return stored is not null && (caller.ParentRun is null || host.Registry.TryFind(stored.WorkerId, caller) is not null)
            ? stored
            : throw Unknown(runId);
    }

    private static RunView ViewOf(string runId, WorkerResult result) => new(runId, result.WorkerId, result.Status, result);

    private static RefusedException Unknown(string runId) =>
        new(RefusalCode.NotFound, $"Run '{runId}' is not known here, or no longer kept. The run_id is in a result's metadata.");
}
