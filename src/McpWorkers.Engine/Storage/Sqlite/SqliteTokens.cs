using Microsoft.Data.Sqlite;

namespace McpWorkers.Engine.Storage.Sqlite;

/// <inheritdoc/>
internal sealed class SqliteTokens(WriteLine line, StoreReader reader) : ITokenStore
{
    public Task<bool> AddAsync(StoredToken token) => line.Add(takes: true, commit => Insert(commit, token));

    public Task<IReadOnlyList<StoredToken>> ListAsync(CancellationToken cancellationToken) =>
        reader.ReadAsync<IReadOnlyList<StoredToken>>(List, cancellationToken);

    public Task<bool> RemoveAsync(string name) => line.Add(takes: false, commit => commit.Execute("DELETE FROM tokens WHERE name = ?1", name) > 0);

    public Task UsedAsync(string name, DateTimeOffset at) =>
        line.Add(takes: false, commit => commit.Execute("UPDATE tokens SET last_used = ?2 WHERE name = ?1", name, at.UtcTicks));

    public static bool Insert(Commit commit, StoredToken token) => commit.Execute(
        "INSERT INTO tokens (name, hash, scope, created, expires, last_used) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (name) DO NOTHING",
        token.Name, token.Hash, Values.Scope(token.Scope), token.Created.UtcTicks, Values.Time(token.Expires), Values.Time(token.LastUsed)) > 0;

    public static List<StoredToken> List(SqliteSession session) =>
        session.Read("SELECT name, hash, scope, created, expires, last_used FROM tokens ORDER BY created, position", Read);

    private static StoredToken Read(SqliteDataReader row) => new(
        row.GetString(0), row.GetString(1), Values.Scope(row.GetString(2)), row.Time(3), row.TimeOrNull(4), row.TimeOrNull(5));
}
