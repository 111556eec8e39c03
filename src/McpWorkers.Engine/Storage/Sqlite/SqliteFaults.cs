using Microsoft.Data.Sqlite;

namespace McpWorkers.Engine.Storage.Sqlite;

/// <summary>What SQLite's result codes (sqlite.org/rescode.html) mean to a user of the store.</summary>
internal static class SqliteFaults
{
    private const int Perm = 3;
    private const int Busy = 5;
    private const int Locked = 6;
    private const int NoMemory = 7;
    private const int ReadOnly = 8;
    private const int Io = 10;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int CantOpen = 14;
    private const int Constraint = 19;
    private const int NotADatabase = 26;

    /// <summary>The index of the log could not grow. It is told so whether the disk is full or fails.</summary>
    private const int IoShmSize = Io | (19 << 8);

    /// <summary>The index grows by that much.</summary>
    private const int ShmBytes = 32 * 1024;

    /// <summary>The exception for the caller: a <see cref="StoreException"/>, or, for an id that is there already, an <see cref="ArgumentException"/>.</summary>
    public static Exception Translate(SqliteException e, string path) => e.SqliteErrorCode switch
    {
        Constraint => new ArgumentException($"The store holds something of that id already: {e.Message}", e),
        _ when IsFull(e, path) => OfFullDisk(path, e),
        Busy or Locked => OfLock(path, e),
        Io or ReadOnly or CantOpen or Perm or NoMemory => new StoreException(
            StoreFault.Io,
            $"The store '{path}' cannot be read or written ({e.SqliteErrorCode}/{e.SqliteExtendedErrorCode}: {e.Message}). Look at the disk and at the file's owner and rights.",
            e),

        // SQL that fails is SQL on a file whose tables are not those that its version promises.
        Corrupt or NotADatabase => OfDamage(path, e.Message, e),
        _ => OfDamage(path, e.Message, e),
    };

    public static bool IsFull(SqliteException e, string path) =>
        e.SqliteErrorCode == Full || (e.SqliteExtendedErrorCode == IoShmSize && DiskRoom.Beside(path) < ShmBytes);

    public static StoreException OfFullDisk(string path, Exception? inner = null) => new(
        StoreFault.Full, $"The disk that holds '{path}' is full: nothing was written. Make room on it and try again.", inner);

    public static StoreException OfLock(string path, Exception? inner = null) => new(
        StoreFault.Locked, $"The store '{path}' is in use by another process. End that one, or name another directory with --data-dir.", inner);

    public static StoreException OfDamage(string path, string what, Exception? inner = null) => new(
        StoreFault.Corrupt,
        $"The store '{path}' is damaged or is no store of mcpworkers ({what}). Run 'mcpworkers doctor --repair': it keeps this file aside and builds the store anew from the run directories.",
        inner);

    public static StoreException OfNewer(string path, long version, long known) => new(
        StoreFault.Newer,
        $"The store '{path}' was written by a newer mcpworkers (its schema is {version}, this version knows {known}). Use the newer version, or name another directory with --data-dir.");

    public static StoreException OfFile(string path, Exception e) => new(
        StoreFault.Io, $"The store '{path}' cannot be opened: {e.Message} Look at the disk and at the file's owner and rights.", e);

    public static StoreException Closed() =>
        new(StoreFault.Closed, "The store was closed, for its host ends. What is not in it yet is taken up by the next one.");
}
