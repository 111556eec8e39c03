using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Storage.Sqlite;

/// <summary>A transaction in the making, as a write sees it: SQL, and the facts that it adds.</summary>
/// <param name="lastFact">The highest number given before it.</param>
internal sealed class Commit(SqliteSession session, long lastFact)
{
    private readonly List<WorkerEvent> _facts = [];

    public long LastFact { get; private set; } = lastFact;

    public IReadOnlyList<WorkerEvent> Facts => _facts;

    /// <inheritdoc cref="SqliteSession.Execute"/>
    public int Execute(string sql, params ReadOnlySpan<object?> values) => session.Execute(sql, values);

    /// <inheritdoc cref="SqliteSession.Number"/>
    public long Number(string sql, params ReadOnlySpan<object?> values) => session.Number(sql, values);

    /// <summary>The first column of the first row as text; null where there is none.</summary>
    public string? Text(string sql, params ReadOnlySpan<object?> values) =>
        session.Read(sql, row => row.IsDBNull(0) ? null : row.GetString(0), values) is [var text, ..] ? text : null;

    /// <summary>The first column of each row, which is never null.</summary>
    public IReadOnlyList<string> Texts(string sql, params ReadOnlySpan<object?> values) => session.Read(sql, row => row.GetString(0), values);

    /// <inheritdoc cref="TaskRows.Read"/>
    public IReadOnlyList<WorkTask> Tasks(string where, params ReadOnlySpan<object?> values) => TaskRows.Read(session, where, values);

    /// <inheritdoc cref="SqliteRequests.Read(SqliteSession, string, ReadOnlySpan{object?})"/>
    public IReadOnlyList<WorkerRequest> Requests(string where, params ReadOnlySpan<object?> values) => SqliteRequests.Read(session, where, values);

    public void Add(WorkerEvent fact)
    {
        fact = fact with { Number = ++LastFact };
        session.Execute(
            "INSERT INTO events (number, time, kind, worker_id, run_id, status, text) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            fact.Number, fact.Time.UtcTicks, fact.Kind.ToWire(), EventRows.Subject(fact), fact.RunId, fact.StatusName ?? "", fact.Text);
        _facts.Add(fact);
    }
}
