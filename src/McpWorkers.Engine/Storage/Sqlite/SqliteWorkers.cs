using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Storage.Sqlite;

/// <inheritdoc/>
internal sealed class SqliteWorkers(WriteLine line, StoreReader reader) : IWorkerStore
{
    public Task<StoreContents> LoadAsync(CancellationToken cancellationToken) => reader.ReadAsync(
        session => new StoreContents(
            session.Read(WorkerRows.SelectOpen, WorkerRows.Read),
            session.Read($"SELECT {RunRows.Columns} FROM runs WHERE settled IS NULL ORDER BY position", row => RunRows.Read(row)),
            session.Number(StoreWriter.LastFact)),
        cancellationToken);

    public Task AddWorkersAsync(IReadOnlyList<StoredWorker> workers) => line.Add(takes: true, commit =>
    {
        foreach (var worker in workers)
        {
            WorkerRows.Insert(commit, worker);
            commit.Add(Facts.Spawned(worker));
        }

        return true;
    });

    public Task AcceptAsync(IReadOnlyList<StoredRun> runs) => line.Add(takes: true, commit =>
    {
        foreach (var run in runs)
        {
            RunRows.Insert(commit, run);
            commit.Add(Facts.Queued(run));
        }

        return true;
    });

    public Task LaunchedAsync(string runId, DateTimeOffset at) => line.Add(takes: false, commit =>
    {
        string? workerId = commit.Text(
            "UPDATE runs SET state = 'launched', launched = ?2, prompt = NULL WHERE run_id = ?1 AND state = 'accepted' RETURNING worker_id", runId, at.UtcTicks);
        if (workerId is not null)
        {
            HistoryRows.Launch(commit, runId, at);
            commit.Add(Facts.Started(workerId, runId, at));
        }

        return true;
    });

    public Task<bool> SettleAsync(SettledRun run)
    {
        // Now, not when its turn comes: the caller may change it meanwhile.
        string result = run.Result.ToJsonString();
        var figures = RunFigures.Of(run.Result);
        return line.Add(takes: false, commit => Settlement.Add(commit, run, result, figures));
    }

    public Task CollectedAsync(IReadOnlyList<string> runIds, DateTimeOffset at) => line.Add(takes: false, commit =>
    {
        foreach (string runId in runIds)
        {
            commit.Execute(
                """
                WITH RECURSIVE line(run_id) AS
                  (SELECT ?1 UNION SELECT runs.continues FROM runs JOIN line ON runs.run_id = line.run_id WHERE runs.continues IS NOT NULL)
                UPDATE runs SET collected = ?2 WHERE run_id IN (SELECT run_id FROM line) AND collected IS NULL AND settled IS NOT NULL
                """,
                runId, at.UtcTicks);
        }

        return true;
    });

    public Task<bool> CloseAsync(string workerId, string why, DateTimeOffset at) => line.Add(takes: false, commit =>
    {
        int closed = commit.Execute(
            "UPDATE workers SET closed = ?2, closed_why = ?3 WHERE worker_id = ?1 AND closed IS NULL", workerId, at.UtcTicks, why);
        if (closed > 0)
        {
            string? status = commit.Text("SELECT last_status FROM workers WHERE worker_id = ?1", workerId);
            commit.Add(Facts.Closed(workerId, status is null ? WorkerStatus.Pending : Values.Status(status), why, at));
        }

        return closed > 0;
    });

    public Task<StoredRun?> FindRunAsync(string runId, CancellationToken cancellationToken) => reader.ReadAsync(
        session => session.Read($"SELECT {RunRows.Columns} FROM runs WHERE run_id = ?1", row => RunRows.Read(row), runId).FirstOrDefault(),
        cancellationToken);

    public Task<IReadOnlyList<RetainedRun>> SettledRunsAsync(CancellationToken cancellationToken) => reader.ReadAsync<IReadOnlyList<RetainedRun>>(
        session => session.Read(
            """
            SELECT runs.run_id, runs.worker_id, runs.settled, runs.collected IS NOT NULL,
                   EXISTS (SELECT 1 FROM workers WHERE workers.worker_id = runs.worker_id AND workers.last_run = runs.run_id AND workers.closed IS NULL)
            FROM runs WHERE runs.settled IS NOT NULL ORDER BY runs.settled, runs.position
            """,
            row => new RetainedRun(row.GetString(0), row.GetString(1), row.Time(2), row.GetInt64(3) != 0, row.GetInt64(4) != 0)),
        cancellationToken);

    public Task RemoveAsync(IReadOnlyList<string> runIds) => line.Add(takes: false, commit =>
    {
        foreach (string runId in runIds)
        {
            HistoryRows.Remove(commit, runId);
            commit.Execute("DELETE FROM runs WHERE run_id = ?1 AND settled IS NOT NULL", runId);
        }

        commit.Execute("DELETE FROM workers WHERE closed IS NOT NULL AND NOT EXISTS (SELECT 1 FROM runs WHERE runs.worker_id = workers.worker_id)");
        return true;
    });

    public Task AddFactAsync(WorkerEvent fact) => line.Add(takes: true, commit =>
    {
        commit.Add(fact);
        return true;
    });

    public Task<EventPage> EventsAsync(long after, int max, CancellationToken cancellationToken)
    {
        Facts.CheckPage(after, max);
        return reader.ReadAsync(
            session => Facts.Page(after, session.Read(EventRows.Select, EventRows.Read, after, (long)max), session.Number(StoreWriter.LastFact)),
            cancellationToken);
    }

    public Task RemoveEventsAsync(DateTimeOffset before) => line.Add(takes: false, commit =>
    {
        // Up to the first that stays, so that a clock that was stepped leaves no hole that no cursor could see.
        commit.Execute("UPDATE forgotten_events SET last = ?1", commit.LastFact);
        commit.Execute(
            "DELETE FROM events WHERE number < COALESCE((SELECT number FROM events WHERE time >= ?1 ORDER BY number LIMIT 1), ?2)",
            before.UtcTicks, commit.LastFact + 1);
        return true;
    });
}
