using System.Globalization;
using Microsoft.Data.Sqlite;

namespace McpWorkers.Engine.Storage.Sqlite;

/// <summary>What a repair did.</summary>
/// <param name="KeptAside">The copy of the damaged database; null where there was none.</param>
/// <param name="Tokens">Access tokens taken over; null: they could not be read and have to be created anew.</param>
/// <param name="Calls">Handles of calls taken over; null: they could not be read.</param>
internal sealed record StoreRepairReport(string? KeptAside, int? Tokens, int? Calls)
{
    /// <summary>Tasks taken over.</summary>
    public int Tasks { get; init; }

    /// <summary>Schedules taken over.</summary>
    public int Schedules { get; init; }

    /// <summary>What was there and is lost, in words.</summary>
    public IReadOnlyList<string> Lost { get; init; } = [];
}

/// <summary>
/// Builds a store anew from what the run directories tell, with what can still be read of the old one. The old files are kept aside, and
/// until the new store is whole the old one stays in place.
/// </summary>
internal static class StoreRepair
{
    /// <summary>
    /// The facts of the past are not told again: numbers go on after the old ones, so that every cursor sees a gap.
    /// </summary>
    /// <param name="path">The database file; it need not exist.</param>
    /// <param name="workers">Open ones, as they were spawned, oldest first. Their settled runs move their sessions on, in order of their ends.</param>
    /// <param name="unsettled">In order of acceptance, each accepted or launched.</param>
    /// <param name="settled">Of closed workers too.</param>
    /// <exception cref="StoreException">The store is open elsewhere, or the new one cannot be written. The old one is as it was.</exception>
    /// <exception cref="ArgumentException">An id is there twice.</exception>
    public static Task<StoreRepairReport> RebuildAsync(
        string path,
        IReadOnlyList<StoredWorker> workers,
        IReadOnlyList<StoredRun> unsettled,
        IReadOnlyList<(StoredRun Run, SettledRun Settled)> settled,
        TimeProvider time) => Task.Run(() => Rebuild(new(Path.GetFullPath(path)), workers, unsettled, settled, time));

    private static StoreRepairReport Rebuild(
        StoreFiles files,
        IReadOnlyList<StoredWorker> workers,
        IReadOnlyList<StoredRun> unsettled,
        IReadOnlyList<(StoredRun Run, SettledRun Settled)> settled,
        TimeProvider time)
    {
        SqliteLibrary.Use();
        using var guard = files.TakeGuard();
        try
        {
            var salvage = Salvage.From(files, time.GetUtcNow());
            StoreOpening.Make(files.Fresh, time, session =>
            {
                session.Execute("BEGIN IMMEDIATE");
                var commit = new Commit(session, 0);
                AddRuns(commit, workers, unsettled, settled);
                AddSalvage(commit, salvage, time);
                session.Execute("COMMIT");
            });
            string? kept = files.KeepAside($".damaged-{time.GetUtcNow().UtcDateTime.ToString("yyyyMMdd'T'HHmmssfff'Z'", CultureInfo.InvariantCulture)}");
            files.ReplaceBy(files.Fresh);
            return new(kept, salvage.Tokens?.Count, salvage.Calls?.Count)
            {
                Tasks = salvage.Tasks?.Tasks.Count ?? 0,
                Schedules = salvage.Schedules?.Count ?? 0,
                Lost = salvage.Lost,
            };
        }
        catch (SqliteException e)
        {
            throw SqliteFaults.Translate(e, files.Database);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw SqliteFaults.OfFile(files.Database, e);
        }
    }

    private static void AddRuns(
        Commit commit, IReadOnlyList<StoredWorker> workers, IReadOnlyList<StoredRun> unsettled, IReadOnlyList<(StoredRun Run, SettledRun Settled)> settled)
    {
        foreach (var worker in workers)
        {
            WorkerRows.Insert(commit, worker);
        }

        // The order of a list stays among those of the same moment.
        foreach (var run in unsettled.Concat(settled.Select(pair => pair.Run)).OrderBy(run => run.Accepted))
        {
            RunRows.Insert(commit, run);
        }

        foreach (var run in unsettled.Where(run => run.State == RunState.Launched))
        {
            commit.Execute("UPDATE runs SET state = 'launched', prompt = NULL WHERE run_id = ?1", run.RunId);
            HistoryRows.Launch(commit, run.RunId, null);
        }

        foreach (var (run, end) in settled.OrderBy(pair => pair.Settled.At))
        {
            Settlement.Apply(commit, end, end.Result.ToJsonString(), RunFigures.Of(end.Result));
            commit.Execute("UPDATE runs SET collected = ?2 WHERE run_id = ?1", run.RunId, Values.Time(run.Collected));
        }
    }

    private static void AddSalvage(Commit commit, Salvage salvage, TimeProvider time)
    {
        foreach (var token in salvage.Tokens ?? [])
        {
            SqliteTokens.Insert(commit, token);
        }

        foreach (var call in salvage.Calls ?? [])
        {
            SqliteCalls.Insert(commit, call);
        }

        foreach (var schedule in salvage.Schedules ?? [])
        {
            SqliteSchedules.Insert(commit, schedule);
        }

        foreach (var request in salvage.Requests ?? [])
        {
            SqliteRequests.Insert(commit, request);
        }

        foreach (var table in salvage.Rows)
        {
            table.Insert(commit);
        }

        foreach (var task in salvage.Tasks?.Tasks ?? [])
        {
            TaskRows.Insert(commit, task);
            foreach (var attempt in task.Attempts)
            {
                TaskRows.Put(commit, task.TaskId, attempt);
            }
        }

        // Where nobody knows whether it was paused it is: tasks that wait a little longer harm less than ones that somebody had stopped.
        commit.Execute("UPDATE queue SET paused = ?1", Values.Time(salvage.Tasks is null ? null : salvage.Paused is [var paused, ..] ? paused : time.GetUtcNow()));
        foreach (var notice in salvage.Notices ?? [])
        {
            SqliteNotices.Insert(commit, notice);
        }

        // Without what was told nothing of the past is owed: to be told twice is worse here than to look oneself after a damage.
        commit.Execute("UPDATE notices_owed SET since = ?1", Values.Time(salvage is { Notices: not null, NoticesOwed: [var owed, ..] } ? owed : null));
        foreach (var (runId, at) in salvage.Collected ?? [])
        {
            commit.Execute("UPDATE runs SET collected = ?2 WHERE run_id = ?1 AND collected IS NULL AND settled IS NOT NULL", runId, at.UtcTicks);
        }

        // Where the old numbers cannot be read: milliseconds since 1970, more than any store has counted.
        commit.Execute("UPDATE forgotten_events SET last = ?1", salvage.LastFact ?? time.GetUtcNow().ToUnixTimeMilliseconds());
    }
}
