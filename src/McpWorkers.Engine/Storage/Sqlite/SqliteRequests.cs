using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using Microsoft.Data.Sqlite;

namespace McpWorkers.Engine.Storage.Sqlite;

/// <inheritdoc/>
internal sealed class SqliteRequests(WriteLine line, StoreReader reader) : IRequestStore
{
    private const string Columns =
        "request_id, kind, request_key, run_id, worker_id, worker_type, task_id, text, tool, input, working_directory, options, digest, created, expires, "
        + "state, answer, decided_by, decided, delivered, continued_by, position, why";

    public Task<(WorkerRequest Request, bool IsNew)> AddAsync(WorkerRequest request, WorkerEvent? fact = null) => line.Add(takes: true, commit =>
    {
        if (commit.Requests("WHERE request_key = ?1", request.Key) is [var known, ..])
        {
            return (known, false);
        }

        Insert(commit, request);
        if (fact is not null)
        {
            commit.Add(fact);
        }

        return (commit.Requests("WHERE request_id = ?1", request.RequestId)[0], true);
    });

    public Task<WorkerRequest?> DecideAsync(
        string requestId, RequestState state, string? answer, string by, DateTimeOffset at, Func<WorkerRequest, WorkerEvent>? fact = null) =>
        line.Add<WorkerRequest?>(takes: false, commit =>
        {
            int changed = commit.Execute(
                "UPDATE requests SET state = ?2, answer = ?3, decided_by = ?4, decided = ?5 WHERE request_id = ?1 AND decided IS NULL",
                requestId, state.ToWire(), answer, by, at.UtcTicks);
            if (changed == 0)
            {
                return null;
            }

            var decided = commit.Requests("WHERE request_id = ?1", requestId)[0];
            if (fact is not null)
            {
                commit.Add(fact(decided));
            }

            return decided;
        });

    public Task<bool> DeliverAsync(string requestId, DateTimeOffset at) => line.Add(takes: false, commit => commit.Execute(
        "UPDATE requests SET delivered = ?2 WHERE request_id = ?1 AND decided IS NOT NULL AND delivered IS NULL", requestId, at.UtcTicks) > 0);

    public Task<bool> ContinueAsync(string requestId, string runId) => line.Add(takes: false, commit => commit.Execute(
        "UPDATE requests SET continued_by = ?2 WHERE request_id = ?1 AND (continued_by IS NULL OR continued_by = ?2)", requestId, runId) > 0);

    public Task<WorkerRequest?> FindAsync(string requestId, CancellationToken cancellationToken) =>
        reader.ReadAsync(session => Read(session, "WHERE request_id = ?1", requestId).FirstOrDefault(), cancellationToken);

    public Task<RequestPage> ListAsync(RequestQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(query.Limit, RequestQuery.LimitMax);
        return reader.ReadAsync(
            session =>
            {
                var found = Read(
                    session,
                    """
                    WHERE position < ?1
                      AND (?2 IS NULL OR state IN (SELECT value FROM json_each(?2)))
                      AND (?3 IS NULL OR kind IN (SELECT value FROM json_each(?3)))
                      AND (?4 IS NULL OR worker_id = ?4) AND (?5 IS NULL OR run_id = ?5) AND (?6 IS NULL OR task_id = ?6)
                    ORDER BY position DESC LIMIT ?7
                    """,
                    query.Before ?? long.MaxValue,
                    Names(query.States.Select(state => state.ToWire())),
                    Names(query.Kinds.Select(kind => kind.ToWire())),
                    query.WorkerId,
                    query.RunId,
                    query.TaskId,
                    query.Limit + 1L);
                return found.Count > query.Limit
                    ? new RequestPage(found[..query.Limit], found[query.Limit - 1].Position)
                    : new RequestPage(found, null);
            },
            cancellationToken);
    }

    public Task<IReadOnlyList<WorkerRequest>> PendingAsync(CancellationToken cancellationToken) => reader.ReadAsync<IReadOnlyList<WorkerRequest>>(
        session => Read(session, "WHERE decided IS NULL ORDER BY position"), cancellationToken);

    public Task RemoveAsync(DateTimeOffset before) =>
        line.Add(takes: false, commit => commit.Execute("DELETE FROM requests WHERE decided < ?1", before.UtcTicks));

    /// <param name="where">With what orders and limits it.</param>
    public static List<WorkerRequest> Read(SqliteSession session, string where, params ReadOnlySpan<object?> values) =>
        session.Read($"SELECT {Columns} FROM requests {where}", Read, values);

    public static void Insert(Commit commit, WorkerRequest request) => commit.Execute(
        """
        INSERT INTO requests (request_id, kind, request_key, run_id, worker_id, worker_type, task_id, text, tool, input, working_directory, options, digest,
          created, expires, state, answer, decided_by, decided, delivered, continued_by, why)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)
        """,
        request.RequestId,
        request.Kind.ToWire(),
        request.Key,
        request.RunId,
        request.WorkerId,
        request.WorkerType,
        request.TaskId,
        request.Text,
        request.Tool,
        request.Input,
        request.WorkingDirectory,
        Names(request.Options),
        request.Digest,
        request.Created.UtcTicks,
        request.Expires.UtcTicks,
        request.State.ToWire(),
        request.Answer,
        request.DecidedBy,
        Values.Time(request.Decided),
        Values.Time(request.Delivered),
        request.ContinuedBy,
        request.Why);

    /// <summary>Null for none.</summary>
    private static string? Names(IEnumerable<string> names)
    {
        JsonArray list = [.. names.Select(name => (JsonNode)JsonValue.Create(name))];
        return list.Count == 0 ? null : list.ToJsonString();
    }

    private static WorkerRequest Read(SqliteDataReader row) => new()
    {
        RequestId = row.GetString(0),
        Kind = RequestNames.TryParse(row.GetString(1), out RequestKind kind) ? kind : throw Unreadable(row.GetString(1)),
        Key = row.GetString(2),
        RunId = row.Text(3),
        WorkerId = row.Text(4),
        WorkerType = row.Text(5),
        TaskId = row.Text(6),
        Text = row.GetString(7),
        Tool = row.Text(8),
        Input = row.Text(9),
        WorkingDirectory = row.Text(10),
        Options = Options(row.Text(11)),
        Digest = row.GetString(12),
        Created = row.Time(13),
        Expires = row.Time(14),
        State = RequestNames.TryParse(row.GetString(15), out RequestState state) ? state : throw Unreadable(row.GetString(15)),
        Answer = row.Text(16),
        DecidedBy = row.Text(17),
        Decided = row.TimeOrNull(18),
        Delivered = row.TimeOrNull(19),
        ContinuedBy = row.Text(20),
        Position = row.GetInt64(21),
        Why = row.Text(22),
    };

    private static string[] Options(string? json)
    {
        try
        {
            return json is null ? [] : JsonSerializer.Deserialize<string[]>(json) ?? [];
        }
        catch (JsonException e)
        {
            throw new UnreadableRowException("A request's options cannot be read.", e);
        }
    }

    private static UnreadableRowException Unreadable(string name) => new($"'{name}' is nothing that a request says.");
}
