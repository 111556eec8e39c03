namespace McpWorkers.Engine.Storage.Sqlite;

/// <inheritdoc/>
internal sealed class SqliteNotices(WriteLine line, StoreReader reader) : INoticeStore
{
    public Task<DateTimeOffset?> SinceAsync(CancellationToken cancellationToken) => reader.ReadAsync(
        session => session.Read("SELECT since FROM notices_owed", row => row.TimeOrNull(0)).FirstOrDefault(), cancellationToken);

    public Task OweSinceAsync(DateTimeOffset? since) =>
        line.Add(takes: false, commit => commit.Execute("UPDATE notices_owed SET since = ?1", Values.Time(since)));

    public Task<bool> BeginAsync(string subject, DateTimeOffset at) => line.Add(takes: true, commit => commit.Execute(
        "INSERT INTO notices (subject, begun) VALUES (?1, ?2) ON CONFLICT (subject) DO NOTHING", subject, at.UtcTicks) > 0);

    public Task EndAsync(string subject, DateTimeOffset at, string outcome) =>
        line.Add(takes: false, commit => commit.Execute("UPDATE notices SET ended = ?2, outcome = ?3 WHERE subject = ?1", subject, at.UtcTicks, outcome));

    public Task<IReadOnlyList<string>> UnendedAsync(CancellationToken cancellationToken) => reader.ReadAsync<IReadOnlyList<string>>(
        session => session.Read("SELECT subject FROM notices WHERE ended IS NULL ORDER BY subject", row => row.GetString(0)), cancellationToken);

    public static List<KeptNotice> List(SqliteSession session) => session.Read(
        "SELECT subject, begun, ended, outcome FROM notices", row => new KeptNotice(row.GetString(0), row.Time(1), row.TimeOrNull(2), row.Text(3)));

    public static void Insert(Commit commit, KeptNotice notice) => commit.Execute(
        "INSERT INTO notices (subject, begun, ended, outcome) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (subject) DO NOTHING",
        notice.Subject, notice.Begun.UtcTicks, Values.Time(notice.Ended), notice.Outcome);

    public Task RemoveAsync(DateTimeOffset before) =>
        line.Add(takes: false, commit => commit.Execute("DELETE FROM notices WHERE begun < ?1", before.UtcTicks));
}

/// <summary>A notice as a row.</summary>
/// <param name="Ended">Null where nobody knows what came of it.</param>
internal sealed record KeptNotice(string Subject, DateTimeOffset Begun, DateTimeOffset? Ended, string? Outcome);
