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

    /// <summary>A task is over once it has finished; the specification and what it comes after are JSON.</summary>
    private const string Tasks =
        """
        CREATE TABLE tasks (
          position INTEGER PRIMARY KEY,
          task_id TEXT NOT NULL UNIQUE,
          task_key TEXT UNIQUE,
          role TEXT NOT NULL,
          queue TEXT NOT NULL,
          priority TEXT NOT NULL,
          prompt BLOB NOT NULL,
          spec TEXT NOT NULL,
          after TEXT,
          not_before INTEGER,
          parent_run TEXT,
          created INTEGER NOT NULL,
          started INTEGER,
          finished INTEGER,
          state TEXT NOT NULL,
          reason TEXT,
          detail TEXT NOT NULL,
          wish TEXT,
          forgiven INTEGER NOT NULL,
          revision INTEGER NOT NULL);
        CREATE INDEX tasks_open ON tasks (position) WHERE finished IS NULL;

        CREATE TABLE attempts (
          task_id TEXT NOT NULL,
          number INTEGER NOT NULL,
          run_id TEXT NOT NULL,
          worker_id TEXT NOT NULL,
          started INTEGER NOT NULL,
          finished INTEGER,
          outcome TEXT,
          cause TEXT,
          detail TEXT NOT NULL,
          PRIMARY KEY (task_id, number)) WITHOUT ROWID;
        CREATE INDEX attempts_of_worker ON attempts (worker_id);

        CREATE TABLE queue (paused INTEGER);
        INSERT INTO queue (paused) VALUES (NULL);
        """;

    /// <summary>A schedule's specification is JSON, as a task's. Notices: what was begun and has no end was cut off.</summary>
    private const string Schedules =
        """
        CREATE TABLE schedules (
          position INTEGER PRIMARY KEY,
          schedule_id TEXT NOT NULL UNIQUE,
          name TEXT NOT NULL UNIQUE,
          cron TEXT NOT NULL,
          time_zone TEXT NOT NULL,
          overlap TEXT NOT NULL,
          missed TEXT NOT NULL,
          role TEXT,
          prompt BLOB NOT NULL,
          priority TEXT NOT NULL,
          queue TEXT,
          spec TEXT NOT NULL,
          created INTEGER NOT NULL,
          paused INTEGER,
          last_due INTEGER,
          last_task TEXT,
          last_outcome TEXT NOT NULL,
          next_due INTEGER,
          firings INTEGER NOT NULL,
          revision INTEGER NOT NULL);

        CREATE TABLE notices (
          subject TEXT NOT NULL PRIMARY KEY,
          begun INTEGER NOT NULL,
          ended INTEGER,
          outcome TEXT) WITHOUT ROWID;
        CREATE INDEX notices_cut_off ON notices (subject) WHERE ended IS NULL;
        CREATE TABLE notices_owed (since INTEGER);
        INSERT INTO notices_owed (since) VALUES (NULL);
        """;

    /// <summary>Options of a request are JSON; money is in billionths of a dollar; a day is a number of days since the year 1, 0 for none; a breaker without a row is closed.</summary>
    private const string Requests =
        """
        CREATE TABLE requests (
          position INTEGER PRIMARY KEY,
          request_id TEXT NOT NULL UNIQUE,
          kind TEXT NOT NULL,
          request_key TEXT NOT NULL UNIQUE,
          run_id TEXT,
          worker_id TEXT,
          worker_type TEXT,
          task_id TEXT,
          text TEXT NOT NULL,
          tool TEXT,
          input TEXT,
          working_directory TEXT,
          options TEXT,
          why TEXT,
          digest TEXT NOT NULL,
          created INTEGER NOT NULL,
          expires INTEGER NOT NULL,
          state TEXT NOT NULL,
          answer TEXT,
          decided_by TEXT,
          decided INTEGER,
          delivered INTEGER,
          continued_by TEXT);
        CREATE INDEX requests_pending ON requests (position) WHERE decided IS NULL;
        CREATE INDEX requests_of_run ON requests (run_id);

        CREATE TABLE spending (
          run_id TEXT NOT NULL,
          day INTEGER NOT NULL,
          first_run TEXT NOT NULL,
          pool TEXT NOT NULL,
          worker_type TEXT NOT NULL,
          task_id TEXT,
          updated INTEGER NOT NULL,
          settled INTEGER,
          usd_nano INTEGER,
          is_estimate INTEGER NOT NULL,
          tokens INTEGER,
          turns INTEGER NOT NULL,
          milliseconds INTEGER NOT NULL,
          PRIMARY KEY (run_id, day)) WITHOUT ROWID;
        CREATE INDEX spending_of_day ON spending (day, pool);
        CREATE INDEX spending_of_prompt ON spending (first_run);
        CREATE INDEX spending_of_task ON spending (task_id) WHERE task_id IS NOT NULL;

        CREATE TABLE budget_grants (
          scope TEXT NOT NULL,
          subject TEXT NOT NULL,
          day INTEGER NOT NULL,
          measure TEXT NOT NULL,
          times INTEGER NOT NULL,
          warned_of INTEGER,
          updated INTEGER NOT NULL,
          PRIMARY KEY (scope, subject, day, measure)) WITHOUT ROWID;

        CREATE TABLE breakers (
          pool TEXT NOT NULL PRIMARY KEY,
          opened INTEGER NOT NULL,
          until INTEGER NOT NULL,
          is_stated INTEGER NOT NULL,
          probes INTEGER NOT NULL,
          signal TEXT NOT NULL,
          message TEXT NOT NULL) WITHOUT ROWID;

        ALTER TABLE runs ADD COLUMN budget TEXT;
        ALTER TABLE runs ADD COLUMN continues TEXT;
        """;

    /// <summary>The schema that knows tasks, schedules and notices.</summary>
    public const long TasksSince = 3;

    /// <summary>The schema that knows requests, spending and breakers.</summary>
    public const long RequestsSince = 4;

    private static readonly (string Sql, Action<SqliteSession>? Fill)[] Steps = [(First, null), (History, HistoryRows.Fill), (Tasks + Schedules, null), (Requests, null)];

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
