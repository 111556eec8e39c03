namespace McpWorkers.Engine.Storage.Sqlite;

/// <summary>
/// A store's files. The database and its log are never opened by anything but SQLite while a connection is open: closing any handle of
/// them would let go, on Unix, of the locks that SQLite holds in this process.
/// </summary>
internal sealed class StoreFiles(string path)
{
    public string Database { get; } = path;

    /// <summary>The write-ahead log, and its index. SQLite gives both the database's rights.</summary>
    public string Log => Database + "-wal";

    public string LogIndex => Database + "-shm";

    /// <summary>Held for as long as the store is open.</summary>
    public string Guard => Database + ".lock";

    public string Ballast => Database + ".ballast";

    /// <summary>A store in the making. It gets its name when it is whole, so that an empty database is always damage.</summary>
    public StoreFiles Fresh => new(Database + ".new");

    /// <summary>Takes the guard. The kernel lets it go when the process ends, however it ends.</summary>
    /// <exception cref="StoreException">Another has it (<see cref="StoreFault.Locked"/>), or it cannot be made.</exception>
    public FileStream TakeGuard()
    {
        try
        {
            return new FileStream(Guard, Private(FileMode.OpenOrCreate));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw e is IOException and not DirectoryNotFoundException && File.Exists(Guard)
                ? SqliteFaults.OfLock(Database, e)
                : SqliteFaults.OfFile(Database, e);
        }
    }

    /// <summary>Copies the database and its log beside themselves under another name.</summary>
    /// <returns>The copy of the database; null where there was nothing to copy.</returns>
    public string? KeepAside(string suffix)
    {
        string[] files = [.. new[] { Database, Log, LogIndex }.Where(File.Exists)];
        foreach (string file in files)
        {
            // With the suffix before "-wal": SQLite finds a log by its database's name, and so can whoever looks at the copy.
            File.Copy(file, Database + suffix + file[Database.Length..]);
        }

        return files.Length > 0 ? Database + suffix : null;
    }

    /// <summary>Puts another database, which has no log, in this one's place.</summary>
    public void ReplaceBy(StoreFiles other)
    {
        // The log first: a database must never meet the log of another.
        File.Delete(Log);
        File.Delete(LogIndex);
        File.Move(other.Database, Database, overwrite: true);
    }

    public void DeleteDatabase()
    {
        File.Delete(Database);
        File.Delete(Log);
        File.Delete(LogIndex);
    }

    /// <summary>Makes, or makes anew, a file that only its owner may read.</summary>
    public static void CreatePrivate(string path, ReadOnlySpan<byte> content)
    {
        using var file = new FileStream(path, Private(FileMode.Create));
        file.Write(content);
        file.Flush();
    }

    private static FileStreamOptions Private(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }
}
