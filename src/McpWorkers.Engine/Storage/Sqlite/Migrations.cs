namespace McpWorkers.Engine.Storage.Sqlite;

/// <summary>
/// The schema's history: entry n takes a store from schema n to n + 1. What was released is never changed; a change is a new entry. The SQL is
/// for SQLite 3.35.5: no STRICT tables, no <c>-&gt;&gt;</c>.
/// </summary>
internal static class Migrations
{
    /// <summary>"MCPW": by it a file is known as a store of ours (PRAGMA application_id).</summary>
    public const long ApplicationId = 0x4D435057;

    /// <summary>Times are UTC in ticks of 100 ns; enumerations and money are text; usage, results and a call's items are JSON.</summary>
    private const string First =
        """
        CREATE TABLE migrations (version INTEGER PRIMARY KEY, applied INTEGER NOT NULL);

        CREATE TABLE workers (
          position INTEGER PRIMARY KEY,
          worker_id TEXT NOT NULL UNIQUE,
          worker_type TEXT NOT NULL,
          agent TEXT NOT NULL,
          working_directory TEXT NOT NULL,
          model TEXT,
          permission TEXT,
          parent_run TEXT,
          created INTEGER NOT NULL,
          session_id TEXT,
          session_usage TEXT,
          session_cost_usd TEXT NOT NULL,
          runs_done INTEGER NOT NULL,
          last_run TEXT,
          last_status TEXT,
          closed INTEGER,
          closed_why TEXT);

        CREATE TABLE runs (
          position INTEGER PRIMARY KEY,
          run_id TEXT NOT NULL UNIQUE,
          worker_id TEXT NOT NULL,
          prompt BLOB,
          timeout INTEGER NOT NULL,
          accepted INTEGER NOT NULL,
          launched INTEGER,
          state TEXT NOT NULL,
          status TEXT,
          result TEXT,
          settled INTEGER,
          collected INTEGER);
        CREATE INDEX runs_of_worker ON runs (worker_id);
        CREATE INDEX runs_unsettled ON runs (position) WHERE settled IS NULL;

        CREATE TABLE events (
          number INTEGER PRIMARY KEY,
          time INTEGER NOT NULL,
          kind TEXT NOT NULL,
          worker_id TEXT NOT NULL,
          run_id TEXT,
          status TEXT NOT NULL,
          text TEXT NOT NULL);
        CREATE TABLE forgotten_events (last INTEGER NOT NULL);
        INSERT INTO forgotten_events (last) VALUES (0);

        CREATE TABLE calls (
          call_id TEXT NOT NULL PRIMARY KEY,
          kind TEXT NOT NULL,
          parent_run TEXT,
          created INTEGER NOT NULL,
          items TEXT NOT NULL);

        CREATE TABLE tokens (
          position INTEGER PRIMARY KEY,
          name TEXT NOT NULL UNIQUE,
          hash TEXT NOT NULL,
          scope TEXT NOT NULL,
          created INTEGER NOT NULL,
          expires INTEGER,
          last_used INTEGER);
        """;

    /// <summary>Money is in billionths of a dollar here, to be summed; the spawning facts name the types of workers that are forgotten.</summary>
    private const string History =
        """
        CREATE TABLE history (
          position INTEGER PRIMARY KEY,
          run_id TEXT NOT NULL,
          worker_id TEXT NOT NULL,
          worker_type TEXT,
          agent TEXT,
          status TEXT NOT NULL,
          accepted INTEGER NOT NULL,
          started INTEGER,
          finished INTEGER,
          outcome TEXT,
          reason TEXT,
          duration INTEGER,
          input_tokens INTEGER,
          output_tokens INTEGER,
          cache_read_tokens INTEGER,
          cache_write_tokens INTEGER,
          total_tokens INTEGER,
          cost_nano_usd INTEGER,
          error TEXT);
        CREATE INDEX history_of_worker ON history (worker_id);
        CREATE INDEX events_spawned ON events (worker_id, text) WHERE kind = 'spawned';
        CREATE INDEX events_by_time ON events (time);
        """;

    private static readonly (string Sql, Action<SqliteSession>? Fill)[] Steps = [(First, null), (History, HistoryRows.Fill)];

    /// <summary>The schema that this version writes.</summary>
    public static long Current => Steps.Length;

    /// <summary>Brings a store to the current schema, each step in a transaction of its own.</summary>
    public static void Apply(SqliteSession session, TimeProvider time)
    {
        for (long version = session.Number("PRAGMA user_version"); version < Current; version++)
        {
            session.Execute("BEGIN IMMEDIATE");
            try
            {
                session.Execute(Steps[version].Sql);
                Steps[version].Fill?.Invoke(session);
                session.Execute("INSERT INTO migrations (version, applied) VALUES (?1, ?2)", version + 1, time.GetUtcNow().UtcTicks);

                // A pragma takes no parameter; both are numbers of ours.
                session.Execute($"PRAGMA application_id = {ApplicationId}");
                session.Execute($"PRAGMA user_version = {version + 1}");
                session.Execute("COMMIT");
            }
            catch
            {
                session.Rollback();
                throw;
            }
        }
    }
}
