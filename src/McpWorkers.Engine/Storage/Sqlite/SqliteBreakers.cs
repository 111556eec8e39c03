using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Storage.Sqlite;

/// <inheritdoc/>
internal sealed class SqliteBreakers(WriteLine line, StoreReader reader) : IBreakerStore
{
    public Task SaveAsync(Breaker breaker, WorkerEvent? fact = null)
    {
        ArgumentNullException.ThrowIfNull(breaker);
        return line.Add(takes: false, commit =>
        {
            commit.Execute(
                """
                INSERT INTO breakers (pool, opened, until, is_stated, probes, signal, message) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                ON CONFLICT (pool) DO UPDATE SET opened = ?2, until = ?3, is_stated = ?4, probes = ?5, signal = ?6, message = ?7
                """,
                breaker.Pool,
                breaker.Opened.UtcTicks,
                breaker.Until.UtcTicks,
                breaker.IsStated ? 1L : 0L,
                (long)breaker.Probes,
                breaker.Signal,
                breaker.Message);
            Tell(commit, fact);
            return true;
        });
    }

    public Task RemoveAsync(string pool, WorkerEvent? fact = null) => line.Add(takes: false, commit =>
    {
        bool isClosed = commit.Execute("DELETE FROM breakers WHERE pool = ?1", pool) > 0;
        Tell(commit, isClosed ? fact : null);
        return isClosed;
    });

    public Task<IReadOnlyList<Breaker>> ListAsync(CancellationToken cancellationToken) => reader.ReadAsync<IReadOnlyList<Breaker>>(
        session => session.Read(
            "SELECT pool, opened, until, is_stated, probes, signal, message FROM breakers ORDER BY pool",
            row => new Breaker
            {
                Pool = row.GetString(0),
                Opened = row.Time(1),
                Until = row.Time(2),
                IsStated = row.GetInt64(3) != 0,
                Probes = (int)row.GetInt64(4),
                Signal = row.GetString(5),
                Message = row.GetString(6),
            }),
        cancellationToken);

    private static void Tell(Commit commit, WorkerEvent? fact)
    {
        if (fact is not null)
        {
            commit.Add(fact);
        }
    }
}
