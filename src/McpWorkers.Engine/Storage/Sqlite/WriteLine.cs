namespace McpWorkers.Engine.Storage.Sqlite;

/// <summary>
/// The line of writes and the thread that works it off. Whatever is in line when a commit begins goes into it, so that writers who come
/// together pay for one sync.
/// </summary>
internal sealed class WriteLine : IAsyncDisposable
{
    /// <summary>More in one commit would make its first caller wait without making the others faster.</summary>
    private const int GroupMax = 1000;

    /// <summary>After that long without a write the log is brought into the database.</summary>
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _coming = new(0);
    private readonly Queue<Write> _waiting = new();
    private readonly StoreWriter _writer;
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private bool _closing;

    public WriteLine(StoreWriter writer)
    {
        _writer = writer;
        new Thread(WorkOff) { IsBackground = true, Name = "store writer" }.Start();
    }

    /// <summary>Puts a write in line at once.</summary>
    public Task<T> Add<T>(bool takes, Func<Commit, T> work)
    {
        var write = new Write<T>(takes, work);
        lock (_lock)
        {
            if (_closing)
            {
                throw SqliteFaults.Closed();
            }

            _waiting.Enqueue(write);
            if (_waiting.Count == 1)
            {
                _coming.Release();
            }
        }

        return write.End;
    }

    /// <summary>Takes nothing more, works off what is in line, and closes the writer.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (!_closing)
            {
                _closing = true;
                _coming.Release();
            }
        }

        await _over.Task;
        _coming.Dispose();
    }

    private void WorkOff()
    {
        List<Write> group = [];
        bool dirty = false;
        while (true)
        {
            if (!_coming.Wait(dirty ? Idle : Timeout.InfiniteTimeSpan))
            {
                _writer.Checkpoint();
                dirty = false;
                continue;
            }

            while (Take(group))
            {
                _writer.Write(group);
                group.Clear();
                dirty = true;
            }

            lock (_lock)
            {
                if (_closing && _waiting.Count == 0)
                {
                    break;
                }
            }
        }

        _writer.Dispose();
        _over.SetResult();
    }

    private bool Take(List<Write> group)
    {
        lock (_lock)
        {
            while (group.Count < GroupMax && _waiting.TryDequeue(out var write))
            {
                group.Add(write);
            }
        }

        return group.Count > 0;
    }
}
