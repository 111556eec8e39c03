using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace McpWorkers.Engine.Storage.Sqlite;

/// <summary>
/// One connection with its prepared statements. For one thread at a time. Parameters are ?1, ?2, … in the order of the values: null, long,
/// string or bytes.
/// </summary>
internal sealed class SqliteSession : IDisposable
{
    /// <summary>How long a statement waits for a lock. Nobody but us writes; somebody may look at the file with a tool of their own.</summary>
    private const int BusySeconds = 5;

    /// <summary>SQLITE_DBSTATUS_CACHE_WRITE: pages that were written, in our case to the log.</summary>
    private const int PagesWrittenCounter = 9;

    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, SqliteCommand> _prepared = [];

    private SqliteSession(SqliteConnection connection) => _connection = connection;

    /// <summary>True after BEGIN, until it is committed or rolled back, be it by SQLite itself.</summary>
    public bool InTransaction => raw.sqlite3_get_autocommit(_connection.Handle) == 0;

    /// <summary>Pages that this connection wrote to the log since that was last forgotten.</summary>
    public int PagesWritten => CountPages(reset: false);

    /// <exception cref="SqliteException">The file cannot be opened.</exception>
    /// <exception cref="StoreException">No usable library is to be found.</exception>
    public static SqliteSession Open(string path, SqliteOpenMode mode)
    {
        _ = SqliteLibrary.Use();

        // Pooled connections would stay open, and hold the file, after they are disposed.
        var text = new SqliteConnectionStringBuilder { DataSource = path, Mode = mode, Pooling = false, DefaultTimeout = BusySeconds };
        var connection = new SqliteConnection(text.ToString());
        var session = new SqliteSession(connection);
        try
        {
            connection.Open();
            session.ForbidExtensions();
            session.Execute("PRAGMA trusted_schema = OFF");
            session.Execute("PRAGMA cell_size_check = ON");
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Number of changed rows; whatever the statement gives is passed over.</summary>
    public int Execute(string sql, params ReadOnlySpan<object?> values) => Prepare(sql, values).ExecuteNonQuery();

    public List<T> Read<T>(string sql, Func<SqliteDataReader, T> row, params ReadOnlySpan<object?> values)
    {
        using var reader = Prepare(sql, values).ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
        {
            rows.Add(row(reader));
        }

        return rows;
    }

    /// <summary>The first column of the first row; 0 where it is null or there is none.</summary>
    public long Number(string sql, params ReadOnlySpan<object?> values) => Prepare(sql, values).ExecuteScalar() is long number ? number : 0;

    public void ForgetPagesWritten() => CountPages(reset: true);

    public void Rollback()
    {
        if (InTransaction)
        {
            Execute("ROLLBACK");
        }
    }

    public void Dispose()
    {
        foreach (var command in _prepared.Values)
        {
            command.Dispose();
        }

        _connection.Dispose();
    }

    private int CountPages(bool reset)
    {
        _ = raw.sqlite3_db_status(_connection.Handle, PagesWrittenCounter, out int pages, out _, reset ? 1 : 0);
        return pages;
    }

    private SqliteCommand Prepare(string sql, ReadOnlySpan<object?> values)
    {
        if (!_prepared.TryGetValue(sql, out var command))
        {
            command = _connection.CreateCommand();
            command.CommandText = sql;
            for (int i = 0; i < values.Length; i++)
            {
                command.Parameters.Add(new SqliteParameter { ParameterName = $"?{i + 1}" });
            }

            _prepared.Add(sql, command);
        }

        for (int i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i] ?? DBNull.Value;
        }

        return command;
    }

    private void ForbidExtensions()
    {
        try
        {
            _connection.EnableExtensions(false);
        }
        catch (EntryPointNotFoundException)
        {
            // Built without them, as Apple's is.
        }
    }
}
