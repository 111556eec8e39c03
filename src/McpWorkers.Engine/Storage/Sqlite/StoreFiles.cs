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

    /// <summary>Null where another has it. The kernel lets it go when the process ends, however it ends.</summary>
    public FileStream? TakeGuard()
    {
        try
        {
            return new FileStream(Guard, Private(FileMode.OpenOrCreate));
        }
        catch (IOException) when (File.Exists(Guard))
        {
            return null;
        }
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
