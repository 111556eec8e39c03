using Microsoft.Data.Sqlite;

namespace McpWorkers.Engine.Storage.Sqlite;

/// <summary>Opens or makes the database: judged before it is used, brought to the current schema, log empty.</summary>
internal static class StoreOpening
{
    /// <summary>The connection for the writer.</summary>
    /// <exception cref="StoreException">Any fault.</exception>
    public static SqliteSession OpenWriter(StoreFiles files, TimeProvider time)
    {
        try
        {
            if (!File.Exists(files.Database))
            {
                Create(files, time);
            }

            return OpenExisting(files.Database, time);
        }
        catch (SqliteException e)
        {
            throw SqliteFaults.Translate(e, files.Database);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw SqliteFaults.OfFile(files.Database, e);
        }
    }

    /// <summary>What SQLite finds wrong with an open database; null for nothing.</summary>
    public static string? Damage(SqliteSession session)
    {
        string first = session.Read("PRAGMA quick_check(1)", row => row.GetString(0)) is [var only, ..] ? only : "no answer";
        return first == "ok" ? null : first;
    }

    /// <summary>Makes a database of the current schema, filled and closed: one file without a log. What is there of that name goes.</summary>
    public static void Make(StoreFiles files, TimeProvider time, Action<SqliteSession> fill)
    {
        files.DeleteDatabase();
        StoreFiles.CreatePrivate(files.Database, []);
        using var session = SqliteSession.Open(files.Database, SqliteOpenMode.ReadWrite);
        SetUp(session);
        Migrations.Apply(session, time);
        fill(session);
        session.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
    }

    private static void Create(StoreFiles files, TimeProvider time)
    {
        // SQLite would take an orphaned log for the new database's own.
        if (File.Exists(files.Log) && new FileInfo(files.Log).Length > 0)
        {
            throw SqliteFaults.OfDamage(files.Database, "its log is there, the database itself is gone");
        }

        Make(files.Fresh, time, static _ => { });
        File.Move(files.Fresh.Database, files.Database);
    }

    private static SqliteSession OpenExisting(string path, TimeProvider time)
    {
        if (new FileInfo(path).Length == 0)
        {
            throw SqliteFaults.OfDamage(path, "it is empty");
        }

        var session = SqliteSession.Open(path, SqliteOpenMode.ReadWrite);
        try
        {
            if (session.Number("PRAGMA application_id") != Migrations.ApplicationId)
            {
                throw SqliteFaults.OfDamage(path, "it is a database of another program");
            }

            long version = session.Number("PRAGMA user_version");
            if (version > Migrations.Current)
            {
                throw SqliteFaults.OfNewer(path, version, Migrations.Current);
            }

            if (Damage(session) is { } damage)
            {
                throw SqliteFaults.OfDamage(path, damage);
            }

            SetUp(session);
            Migrations.Apply(session, time);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private static void SetUp(SqliteSession session)
    {
        session.Execute("PRAGMA journal_mode = WAL");
        session.Execute("PRAGMA synchronous = FULL");

        // Checkpoints are the writer's, between two commits: no other connection ever checkpoints or resets the log while one writes.
        session.Execute("PRAGMA wal_autocheckpoint = 0");

        // Twice what the writer lets it grow to: it is cut only after a commit that was out of the ordinary.
        session.Execute("PRAGMA journal_size_limit = 8388608");
        session.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
    }
}
