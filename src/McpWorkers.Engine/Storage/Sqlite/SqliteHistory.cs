using System.Globalization;
using McpWorkers.Engine.Model;
using Microsoft.Data.Sqlite;

namespace McpWorkers.Engine.Storage.Sqlite;

/// <inheritdoc/>
internal sealed class SqliteHistory(StoreReader reader) : IHistoryStore
{
    private const string Window = "(?1 IS NULL OR accepted >= ?1) AND (?2 IS NULL OR accepted < ?2)";

    public Task<PastRuns> RunsAsync(RunQuery query, CancellationToken cancellationToken)
    {
        HistoryRules.Check(query);
        var conditions = new Conditions()
            .And("status =", query.Status?.ToWire())
            .And("worker_type =", query.WorkerType)
            .And("worker_id =", query.WorkerId)
            .And("accepted >=", query.Since?.UtcTicks)
            .And("accepted <", query.Until?.UtcTicks)
            .And("position <", query.Before);
        string sql = $"SELECT {HistoryRows.Columns} FROM history{conditions} ORDER BY position DESC LIMIT {conditions.Value(query.Limit + 1L)}";
        return reader.ReadAsync(session => HistoryRules.Page(session.Read(sql, HistoryRows.Read, conditions.Values), query.Limit), cancellationToken);
    }

    public Task<PastRun?> FindRunAsync(string runId, CancellationToken cancellationToken) => reader.ReadAsync(
        session => session.Read(
            $"SELECT {HistoryRows.Columns} FROM history WHERE position = (SELECT position FROM runs WHERE run_id = ?1)", HistoryRows.Read, runId).FirstOrDefault(),
        cancellationToken);

    public Task<IReadOnlyList<RunTotal>> TotalsAsync(TotalsBy by, DateTimeOffset? since, DateTimeOffset? until, CancellationToken cancellationToken)
    {
        string key = by switch
        {
            TotalsBy.Status => "status",
            TotalsBy.Type => "COALESCE(worker_type, '')",
            TotalsBy.Day => $"accepted / {TimeSpan.TicksPerDay}",
            _ => throw new ArgumentOutOfRangeException(nameof(by), by, null),
        };
        string sql =
            $"""
            SELECT {key} AS key, count(*), sum(status = 'completed'), sum(status = 'failed'), sum(status = 'timeout'), sum(status = 'cancelled'),
                   COALESCE(sum(input_tokens), 0), COALESCE(sum(output_tokens), 0), COALESCE(sum(total_tokens), 0), COALESCE(sum(cost_nano_usd), 0),
                   COALESCE(sum(duration), 0)
            FROM history WHERE {Window} GROUP BY 1 ORDER BY 1
            """;
        return reader.ReadAsync<IReadOnlyList<RunTotal>>(
            session => session.Read(sql, row => TotalOf(row, by), since?.UtcTicks, until?.UtcTicks), cancellationToken);
    }

    public Task<PastFacts> FactsAsync(FactQuery query, CancellationToken cancellationToken)
    {
        HistoryRules.Check(query);
        var conditions = new Conditions()
            .And("number >", query.After)
            .And("status =", query.Status)
            .And("worker_id =", query.TaskId ?? query.WorkerId)
            .And("time >=", query.Since?.UtcTicks)
            .And("time <", query.Until?.UtcTicks);
        if (query.WorkerType is { } type)
        {
            conditions.And($"{TypeOfEvent} =", type);
        }

        // One column for all that facts are about: what was asked for is found by its id, and must be of that sort.
        if (query.TaskId is not null || query.WorkerId is not null)
        {
            conditions.And(query.TaskId is null ? NotOfTask : OfTask);
        }

        string sql =
            $"""
            SELECT {EventRows.Columns}, {TypeOfEvent} FROM events{conditions}
            ORDER BY number {(query.After is null ? "DESC" : "")} LIMIT {conditions.Value((long)query.Limit)}
            """;
        return reader.ReadAsync(
            session =>
            {
                var facts = session.Read(sql, row => new PastFact(EventRows.Read(row), row.Text(EventRows.Next)), conditions.Values);
                return HistoryRules.Facts(
                    facts, query, session.Number("SELECT min(number) FROM events"), session.Number(StoreWriter.LastFact));
            },
            cancellationToken);
    }

    private const string OfTask = "(kind LIKE 'task!_%' ESCAPE '!' OR kind = 'schedule_fired')";
    private const string NotOfTask = $"NOT {OfTask}";

    /// <summary>A worker that is forgotten is still named by the fact of its spawning, for as long as that is kept.</summary>
    private const string TypeOfEvent =
        """
        COALESCE((SELECT worker_type FROM workers WHERE workers.worker_id = events.worker_id),
                 (SELECT s.text FROM events AS s WHERE s.worker_id = events.worker_id AND s.kind = 'spawned'))
        """;

    private static RunTotal TotalOf(SqliteDataReader row, TotalsBy by) => new(
        by == TotalsBy.Day ? HistoryRules.Day(row.GetInt64(0)) : row.GetString(0),
        row.GetInt64(1),
        row.GetInt64(2),
        row.GetInt64(3),
        row.GetInt64(4),
        row.GetInt64(5),
        row.GetInt64(6),
        row.GetInt64(7),
        row.GetInt64(8),
        RunFigures.Dollars(row.GetInt64(9)),
        TimeSpan.FromTicks(row.GetInt64(10)).TotalSeconds);

    /// <summary>The conditions that are asked for and no others, so that SQLite can choose an index; few texts, each prepared once.</summary>
    private sealed class Conditions
    {
        private readonly List<string> _texts = [];
        private readonly List<object?> _values = [];

        public object?[] Values => [.. _values];

        public Conditions And(string condition, object? value)
        {
            if (value is not null)
            {
                _texts.Add($"{condition} {Value(value)}");
            }

            return this;
        }

        public Conditions And(string condition)
        {
            _texts.Add(condition);
            return this;
        }

        public string Value(object value)
        {
            _values.Add(value);
            return "?" + _values.Count.ToString(CultureInfo.InvariantCulture);
        }

        public override string ToString() => _texts.Count == 0 ? "" : " WHERE " + string.Join(" AND ", _texts);
    }
}
