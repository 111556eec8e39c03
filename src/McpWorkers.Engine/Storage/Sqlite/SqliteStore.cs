using McpWorkers.Engine.Events;
using Microsoft.Data.Sqlite;

namespace McpWorkers.Engine.Storage.Sqlite;

/// <summary>The store in a SQLite file. An acknowledged write has been synced to the disk.</summary>
internal sealed class SqliteStore : IDataStore
{
    private readonly FileStream _guard;
    private readonly StoreWriter _writer;
    private readonly WriteLine _line;
    private readonly StoreReader _reader;

    private SqliteStore(FileStream guard, StoreWriter writer, StoreReader reader, StoreInfo info)
    {
        _guard = guard;
        _writer = writer;
        _reader = reader;
        _line = new WriteLine(writer);
        Info = info;
        Workers = new SqliteWorkers(_line, reader);
        History = new SqliteHistory(reader);
        Tasks = new SqliteTasks(_line, reader);
        Calls = new SqliteCalls(_line, reader);
        Tokens = new SqliteTokens(_line, reader);
        Schedules = new SqliteSchedules(_line, reader);
        Notices = new SqliteNotices(_line, reader);
        Requests = new SqliteRequests(_line, reader);
        Breakers = new SqliteBreakers(_line, reader);
        Spending = new SqliteSpending(_line, reader);
    }

    public IWorkerStore Workers { get; }

    public IHistoryStore History { get; }

    public ITaskStore Tasks { get; }

    public ICallStore Calls { get; }

    public ITokenStore Tokens { get; }

    public IScheduleStore Schedules { get; }

    public INoticeStore Notices { get; }

    public IRequestStore Requests { get; }

    public IBreakerStore Breakers { get; }

    public ISpendingStore Spending { get; }

    public StoreInfo Info { get; }

    public Action<IReadOnlyList<WorkerEvent>>? Committed
    {
        get => _writer.Committed;
        set => _writer.Committed = value;
    }

    /// <summary>Opens the store, or makes it where there is none. Its whole file is looked through, and brought to the current schema.</summary>
    /// <param name="path">The database file; its directory exists.</param>
    /// <exception cref="StoreException">Each <see cref="StoreFault"/> may be the reason. Nothing was changed.</exception>
    public static Task<SqliteStore> OpenAsync(string path, TimeProvider time) => OpenAsync(path, time, Ballast.DefaultBytes);

    /// <param name="ballastBytes">See <see cref="Ballast"/>.</param>
    internal static Task<SqliteStore> OpenAsync(string path, TimeProvider time, int ballastBytes) =>
        Task.Run(() => Open(new StoreFiles(Path.GetFullPath(path)), time, ballastBytes));

    public async ValueTask DisposeAsync()
    {
        // The writer last: it empties the log, which no reader may need any more.
        await _reader.CloseAsync();
        await _line.DisposeAsync();
        await _guard.DisposeAsync();
    }

    private static SqliteStore Open(StoreFiles files, TimeProvider time, int ballastBytes)
    {
        var library = SqliteLibrary.Use();
        var guard = files.TakeGuard();
        SqliteSession? session = null;
        StoreReader? reader = null;
        try
        {
            var ballast = new Ballast(files.Ballast, ballastBytes);
            session = OpenWriter(files, time, ballast);
            reader = new StoreReader(files.Database);
            var writer = new StoreWriter(files.Database, session, ballast);
            return new SqliteStore(guard, writer, reader, new("sqlite", library.Version, library.Source, files.Database, library.Warning));
        }
        catch (Exception e)
        {
            reader?.Dispose();
            session?.Dispose();
            guard.Dispose();
            throw e is SqliteException fault ? SqliteFaults.Translate(fault, files.Database) : e;
        }
    }

    /// <summary>Opening needs a little room itself, for the log's index.</summary>
    private static SqliteSession OpenWriter(StoreFiles files, TimeProvider time, Ballast ballast)
    {
        try
        {
            return StoreOpening.OpenWriter(files, time);
        }
        catch (StoreException e) when (e.Fault == StoreFault.Full && ballast.GiveUp())
        {
            return StoreOpening.OpenWriter(files, time);
        }
    }
}
