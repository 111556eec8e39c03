using McpWorkers.Engine.Events;
using Microsoft.Data.Sqlite;

namespace McpWorkers.Engine.Storage.Sqlite;

/// <summary>
/// The one connection that writes and checkpoints, on the one thread of its <see cref="WriteLine"/>. A group of writes is one transaction;
/// where one of them fails the group is rolled back and each is tried alone, so that nobody fails by another's fault.
/// </summary>
internal sealed class StoreWriter : IDisposable
{
    /// <summary>Writes after which the log is brought into the database: some megabytes of it.</summary>
    private const int WritesPerCheckpoint = 1000;

    private readonly string _path;
    private readonly SqliteSession _session;
    private readonly Ballast _ballast;

    private long _lastFact;
    private int _sinceCheckpoint;

    public StoreWriter(string path, SqliteSession session, Ballast ballast)
    {
        _path = path;
        _session = session;
        _ballast = ballast;
        _lastFact = session.Number(LastFact);
        ballast.TryHold();
    }

    /// <summary>The highest number that was ever given.</summary>
    public static string LastFact => "SELECT max(COALESCE((SELECT max(number) FROM events), 0), (SELECT last FROM forgotten_events))";

    public Action<IReadOnlyList<WorkerEvent>>? Committed { get; set; }

    public void Write(IReadOnlyList<Write> group)
    {
        if (group.Count == 1 || !_ballast.Held || !TryTogether(group))
        {
            foreach (var write in group)
            {
                WriteAlone(write);
            }
        }

        _sinceCheckpoint += group.Count;
        if (!_ballast.Held)
        {
            // The log must not grow while there is no room: emptied, its room serves the next commit.
            Checkpoint("TRUNCATE");
        }
        else if (_sinceCheckpoint >= WritesPerCheckpoint)
        {
            Checkpoint("PASSIVE");
        }
    }

    /// <summary>Brings the log into the database, as far as no reader needs it.</summary>
    public void Checkpoint() => Checkpoint("PASSIVE");

    public void Dispose()
    {
        Checkpoint("TRUNCATE");
        _session.Dispose();
    }

    private bool TryTogether(IReadOnlyList<Write> group)
    {
        try
        {
            Commit(group);
            return true;
        }
        catch (Exception)
        {
            // Whose fault it is shows when each is tried alone, and is told to that caller.
            return false;
        }
    }

    private void WriteAlone(Write write)
    {
        try
        {
            if (write.Takes && !_ballast.TryHold())
            {
                throw SqliteFaults.OfFullDisk(_path);
            }

            CommitWithBallast(write);
        }
        catch (SqliteException e)
        {
            write.Fail(SqliteFaults.Translate(e, _path));
        }
        catch (Exception e)
        {
            write.Fail(e);
        }
    }

    private void CommitWithBallast(Write write)
    {
        try
        {
            Commit([write]);
        }
        catch (SqliteException e) when (!write.Takes && SqliteFaults.IsFull(e, _path) && _ballast.GiveUp())
        {
            Checkpoint("TRUNCATE");
            Commit([write]);
        }
    }

    private void Commit(IReadOnlyList<Write> writes)
    {
        var commit = new Commit(_session, _lastFact);
        try
        {
            _session.Execute("BEGIN IMMEDIATE");
            foreach (var write in writes)
            {
                write.Run(commit);
            }

            _session.Execute("COMMIT");
        }
        catch
        {
            Rollback();
            throw;
        }

        _lastFact = commit.LastFact;
        if (commit.Facts.Count > 0)
        {
            Committed?.Invoke(commit.Facts);
        }

        foreach (var write in writes)
        {
            write.Succeed();
        }
    }

    /// <summary>A rollback that fails must not hide why there is one; the next BEGIN would fail then, and say so.</summary>
    private void Rollback()
    {
        try
        {
            _session.Rollback();
        }
        catch (SqliteException)
        {
        }
    }

    /// <summary>A checkpoint that fails costs nothing but the log's length; what made it fail is told by the next write that meets it.</summary>
    private void Checkpoint(string mode)
    {
        _sinceCheckpoint = 0;
        try
        {
            _session.Execute($"PRAGMA wal_checkpoint({mode})");
        }
        catch (SqliteException)
        {
        }
    }
}
