using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using Microsoft.Data.Sqlite;

namespace McpWorkers.Engine.Storage.Sqlite;

/// <inheritdoc/>
internal sealed class SqliteSpending(WriteLine line, StoreReader reader) : ISpendingStore
{
    private const decimal NanoPerUsd = 1_000_000_000m;
    private const string Columns = "run_id, day, first_run, pool, worker_type, task_id, updated, settled, usd_nano, is_estimate, tokens, turns, milliseconds";
    private const string Sums = "SUM(usd_nano), COALESCE(MAX(is_estimate), 0), SUM(tokens), COALESCE(SUM(turns), 0), COALESCE(SUM(milliseconds), 0)";

    public Task PutAsync(IReadOnlyList<SpentRow> rows) => line.Add(takes: true, commit =>
    {
        foreach (var row in rows)
        {
            Put(commit, row);
        }

        return rows.Count;
    });

    public Task<IReadOnlyList<SpentRow>> OfRunAsync(string runId, CancellationToken cancellationToken) => reader.ReadAsync<IReadOnlyList<SpentRow>>(
        session => session.Read($"SELECT {Columns} FROM spending WHERE run_id = ?1 ORDER BY day", Read, runId), cancellationToken);

    public Task<Spending> SumAsync(BudgetAccount account, CancellationToken cancellationToken) => reader.ReadAsync(
        session => account.Scope switch
        {
            BudgetScope.Run => Sum(session, "first_run = ?1", account.Subject),
            BudgetScope.Task => Sum(session, "task_id = ?1", account.Subject),
            BudgetScope.Pool => Sum(session, "day = ?1 AND pool = ?2", Number(account.Day), account.Subject),
            BudgetScope.Day => Sum(session, "day = ?1", Number(account.Day)),
            _ => throw new ArgumentOutOfRangeException(nameof(account), account, null),
        },
        cancellationToken);

    public Task<IReadOnlyList<(string Pool, Spending Spent)>> PoolsAsync(DateOnly day, CancellationToken cancellationToken) =>
        reader.ReadAsync<IReadOnlyList<(string, Spending)>>(
            session => session.Read(
                $"SELECT {Sums}, pool FROM spending WHERE day = ?1 GROUP BY pool ORDER BY pool", row => (row.GetString(5), Amounts(row, 0)), Number(day)),
            cancellationToken);

    public Task<IReadOnlyList<GrantRow>> GrantsAsync(BudgetAccount account, CancellationToken cancellationToken) => reader.ReadAsync<IReadOnlyList<GrantRow>>(
        session => session.Read(
            "SELECT measure, times, warned_of FROM budget_grants WHERE scope = ?1 AND subject = ?2 AND day = ?3 ORDER BY measure",
            ReadGrant, account.Scope.ToWire(), account.Subject, Number(account.Day)),
        cancellationToken);

    public Task GrantAsync(BudgetAccount account, BudgetMeasure measure, int times, DateTimeOffset at) => line.Add(takes: true, commit => commit.Execute(
        """
        INSERT INTO budget_grants (scope, subject, day, measure, times, updated) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT DO UPDATE SET times = max(times, excluded.times), updated = excluded.updated
        """,
        account.Scope.ToWire(), account.Subject, Number(account.Day), measure.ToWire(), times, at.UtcTicks));

    public Task<bool> WarnAsync(BudgetAccount account, BudgetMeasure measure, int times, DateTimeOffset at, WorkerEvent? fact = null) =>
        line.Add(takes: true, commit =>
        {
            bool isFirst = commit.Execute(
                """
                INSERT INTO budget_grants (scope, subject, day, measure, times, warned_of, updated) VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6)
                ON CONFLICT DO UPDATE SET warned_of = excluded.warned_of, updated = excluded.updated
                WHERE warned_of IS NULL OR warned_of < excluded.warned_of
                """,
                account.Scope.ToWire(), account.Subject, Number(account.Day), measure.ToWire(), times, at.UtcTicks) > 0;
            if (isFirst && fact is not null)
            {
                commit.Add(fact);
            }

            return isFirst;
        });

    public Task RemoveAsync(DateTimeOffset before) => line.Add(takes: false, commit =>
        commit.Execute("DELETE FROM spending WHERE updated < ?1", before.UtcTicks)
        + commit.Execute("DELETE FROM budget_grants WHERE updated < ?1", before.UtcTicks));

    public static void Put(Commit commit, SpentRow row) => commit.Execute(
        $"INSERT OR REPLACE INTO spending ({Columns}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        row.RunId,
        Number(row.Day),
        row.FirstRun,
        row.Pool,
        row.WorkerType,
        row.TaskId,
        row.Updated.UtcTicks,
        Values.Time(row.Settled),
        Nano(row.Spent.Usd),
        row.Spent.IsEstimate ? 1L : 0L,
        row.Spent.Tokens,
        row.Spent.Turns,
        (long)row.Spent.Time.TotalMilliseconds);

    private static Spending Sum(SqliteSession session, string where, params ReadOnlySpan<object?> values) =>
        session.Read($"SELECT {Sums} FROM spending WHERE {where}", row => Amounts(row, 0), values)[0];

    private static SpentRow Read(SqliteDataReader row) => new()
    {
        RunId = row.GetString(0),
        Day = Day(row.GetInt64(1)),
        FirstRun = row.GetString(2),
        Pool = row.GetString(3),
        WorkerType = row.GetString(4),
        TaskId = row.Text(5),
        Updated = row.Time(6),
        Settled = row.TimeOrNull(7),
        Spent = Amounts(row, 8),
    };

    private static Spending Amounts(SqliteDataReader row, int at) => new(
        row.IsDBNull(at) ? null : row.GetInt64(at) / NanoPerUsd,
        row.GetInt64(at + 1) != 0,
        row.IsDBNull(at + 2) ? null : row.GetInt64(at + 2),
        (int)Math.Min(int.MaxValue, row.GetInt64(at + 3)),
        TimeSpan.FromMilliseconds(row.GetInt64(at + 4)));

    private static GrantRow ReadGrant(SqliteDataReader row) => new(
        BudgetNames.TryParse(row.GetString(0), out BudgetMeasure measure) ? measure : throw new UnreadableRowException($"'{row.GetString(0)}' is no measure of a budget."),
        row.GetInt32(1),
        row.IsDBNull(2) ? null : row.GetInt32(2));

    private static long? Nano(decimal? usd) => usd is { } amount ? (long)decimal.Round(amount * NanoPerUsd) : null;

    private static long Number(DateOnly? day) => day?.DayNumber ?? 0;

    private static DateOnly Day(long number) => number is >= 0 and <= int.MaxValue && number <= DateOnly.MaxValue.DayNumber
        ? DateOnly.FromDayNumber((int)number)
        : throw new UnreadableRowException($"{number} is no day.");
}
