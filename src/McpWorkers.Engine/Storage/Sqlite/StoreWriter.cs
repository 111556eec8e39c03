using McpWorkers.Engine.Events;
using Microsoft.Data.Sqlite;

namespace McpWorkers.Engine.Storage.Sqlite;

/// <summary>
/// The one connection that writes and checkpoints, on the one thread of its <see cref="WriteLine"/>. A group of writes is one transaction;
/// where one of them fails the group is rolled back and each is tried alone, so that nobody fails by another's fault.
/// </summary>
internal sealed class StoreWriter : IDisposable
{
    /// <summary>
    /// Pages of the log after which it is brought into the database: 4 MB. The log then begins anew in the same file, which is not cut: what lies within
    /// a file already is synced in less time than what makes it longer.
    /// </summary>
    private const int PagesPerCheckpoint = 1000;

    private readonly string _path;
    private readonly SqliteSession _session;
    private readonly Ballast _ballast;

    private long _lastFact;

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

        if (!_ballast.Held)
        {
            // The log must not grow while there is no room: emptied, its room serves the next commit.
            Checkpoint("TRUNCATE");
        }
        else if (_session.PagesWritten >= PagesPerCheckpoint)
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
        IReadOnlyList<WorkerEvent> facts;
        try
        {
            facts = Commit(group);
        }
        catch (Exception)
        {
            // Whose fault it is shows when each is tried alone, and is told to that caller.
            return false;
        }

        Tell(facts, group);
        return true;
    }

    private void WriteAlone(Write write)
    {
        IReadOnlyList<WorkerEvent> facts;
        try
        {
            if (write.Takes && !_ballast.TryHold())
            {
                throw SqliteFaults.OfFullDisk(_path);
            }

            facts = CommitWithBallast(write);
        }
        catch (Exception e)
        {
            write.Fail(e is SqliteException fault ? SqliteFaults.Translate(fault, _path) : e);
            return;
        }

        Tell(facts, [write]);
    }

    private IReadOnlyList<WorkerEvent> CommitWithBallast(Write write)
    {
        try
        {
            return Commit([write]);
        }
        catch (SqliteException e) when (!write.Takes && SqliteFaults.IsFull(e, _path) && _ballast.GiveUp())
        {
            Checkpoint("TRUNCATE");
            return Commit([write]);
        }
    }

    /// <returns>Facts that are durable now.</returns>
    private IReadOnlyList<WorkerEvent> Commit(IReadOnlyList<Write> writes)
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
        return commit.Facts;
    }

    private void Tell(IReadOnlyList<WorkerEvent> facts, IReadOnlyList<Write> writes)
    {
        if (facts.Count > 0)
        {
            Committed?.Invoke(facts);
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
        try
        {
            _session.ForgetPagesWritten();
            _session.Execute($"PRAGMA wal_checkpoint({mode})");
        }
        catch (SqliteException)
        {
        }
    }
}
