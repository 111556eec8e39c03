using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;

namespace McpWorkers.Engine.Storage.Sqlite;

/// <inheritdoc/>
internal sealed class SqliteCalls(WriteLine line, StoreReader reader) : ICallStore
{
    private const string Columns = "call_id, kind, parent_run, created, items";

    public Task AddAsync(StoredCall call)
    {
        string items = Items(call.Items);
        return line.Add(takes: true, commit => Insert(commit, call, items));
    }

    public Task<StoredCall?> FindAsync(string callId, CancellationToken cancellationToken) => reader.ReadAsync(
        session => session.Read($"SELECT {Columns} FROM calls WHERE call_id = ?1", Read, callId).FirstOrDefault(), cancellationToken);

    public Task RemoveAsync(DateTimeOffset before) =>
        line.Add(takes: false, commit => commit.Execute("DELETE FROM calls WHERE created < ?1", before.UtcTicks));

    public static int Insert(Commit commit, StoredCall call) => Insert(commit, call, Items(call.Items));

    public static List<StoredCall> List(SqliteSession session) => session.Read($"SELECT {Columns} FROM calls ORDER BY created", Read);

    private static int Insert(Commit commit, StoredCall call, string items) => commit.Execute(
        "INSERT INTO calls (call_id, kind, parent_run, created, items) VALUES (?1, ?2, ?3, ?4, ?5)",
        call.CallId, call.Kind, call.ParentRun, call.Created.UtcTicks, items);

    private static StoredCall Read(SqliteDataReader row) =>
        new(row.GetString(0), row.GetString(1), row.Text(2), row.Time(3), Items(row.Json(4)));

    private static string Items(IReadOnlyList<CallItem> items) => new JsonArray(
        [.. items.Select(item => new JsonObject { ["run_id"] = item.RunId, ["refused"] = item.Refused?.DeepClone() })]).ToJsonString();

    private static List<CallItem> Items(JsonNode? json)
    {
        try
        {
            return [.. json!.AsArray().Select(item => new CallItem(item!["run_id"]?.GetValue<string>(), item["refused"]?.DeepClone() as JsonObject))];
        }
        catch (Exception e) when (e is NullReferenceException or InvalidOperationException)
        {
            throw new UnreadableRowException("A call's items cannot be read.", e);
        }
    }
}
