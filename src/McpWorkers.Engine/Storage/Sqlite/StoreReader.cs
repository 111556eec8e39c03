using Microsoft.Data.Sqlite;

namespace McpWorkers.Engine.Storage.Sqlite;

/// <summary>The connection that reads, and can do nothing else. One reading at a time, each on one state of the store.</summary>
internal sealed class StoreReader(string path) : IDisposable
{
    private readonly SqliteSession _session = SqliteSession.Open(path, SqliteOpenMode.ReadOnly);
    private readonly SemaphoreSlim _turn = new(1);

    private bool _closed;

    /// <exception cref="StoreException">The file cannot be read, or is damaged.</exception>
    public async Task<T> ReadAsync<T>(Func<SqliteSession, T> work, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_closed)
            {
                throw SqliteFaults.Closed();
            }

            // SQLite has no asynchronous reading: a disk that is slow would hold up the caller's thread.
            return await Task.Run(() => Read(work), cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Waits for a reading that goes on.</summary>
    public async Task CloseAsync()
    {
        await _turn.WaitAsync();
        try
        {
            _closed = true;
            _session.Dispose();
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _session.Dispose();

    private T Read<T>(Func<SqliteSession, T> work)
    {
        try
        {
            _session.Execute("BEGIN");
            T value = work(_session);
            _session.Execute("COMMIT");
            return value;
        }
        catch (SqliteException e)
        {
            throw SqliteFaults.Translate(e, path);
        }
        catch (Exception e) when (e is UnreadableRowException or InvalidOperationException or InvalidCastException)
        {
            throw SqliteFaults.OfDamage(path, e.Message, e);
        }
        finally
        {
            RollBack();
        }
    }

    /// <summary>One that fails must not hide why there is one.</summary>
    private void RollBack()
    {
        try
        {
            _session.Rollback();
        }
        catch (SqliteException)
        {
        }
    }
}
