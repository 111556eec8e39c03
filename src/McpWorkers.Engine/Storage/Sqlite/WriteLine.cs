using System.Diagnostics;

namespace McpWorkers.Engine.Storage.Sqlite;

/// <summary>
/// The line of writes and the thread that works it off. Whatever is in line when a commit begins goes into it, so that writers who come
/// together pay for one sync. Writers who came together are waited for a moment the next time: each answer makes them write again, one a
/// little after the other, and without that the first of them would have a sync of its own and the others wait for it.
/// </summary>
internal sealed class WriteLine : IAsyncDisposable
{
    /// <summary>More in one commit would make its first caller wait without making the others faster.</summary>
    private const int GroupMax = 1000;

    /// <summary>The wait for the others of the last commit is at most such a part of what that commit took, and at most <see cref="GatherMax"/>.</summary>
    private const int GatherPart = 2;

    private static readonly TimeSpan GatherMax = TimeSpan.FromMicroseconds(200);

    /// <summary>After that long without a write the log is brought into the database.</summary>
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _coming = new(0);
    private readonly Queue<Write> _waiting = new();
    private readonly StoreWriter _writer;
    private readonly TaskCompletionSource _over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>As <see cref="_waiting"/> says, for a look without the lock.</summary>
    private int _inLine;
    private volatile bool _closing;

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
            _inLine = _waiting.Count;
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
        int last = 0;
        var took = TimeSpan.Zero;
        bool dirty = false;
        while (true)
        {
            if (!_coming.Wait(dirty ? Idle : Timeout.InfiniteTimeSpan))
            {
                _writer.Checkpoint();
                dirty = false;
                continue;
            }

            Gather(last, took);
            while (Take(group))
            {
                long begun = Stopwatch.GetTimestamp();
                _writer.Write(group);
                took = Stopwatch.GetElapsedTime(begun);
                last = group.Count;
                group.Clear();
                dirty = true;
                Gather(last, took);
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

    /// <summary>Gives those who wrote together the last time a moment to come together again. A writer who is alone never waits.</summary>
    /// <param name="last">How many writes were in the last commit.</param>
    /// <param name="took">How long that took.</param>
    private void Gather(int last, TimeSpan took)
    {
        if (last < 2)
        {
            return;
        }

        var most = took / GatherPart < GatherMax ? took / GatherPart : GatherMax;
        long begun = Stopwatch.GetTimestamp();
        var spin = new SpinWait();
        while (Volatile.Read(ref _inLine) < last && !_closing && Stopwatch.GetElapsedTime(begun) < most)
        {
            // Never asleep: a millisecond would be longer than the sync that is to be saved.
            spin.SpinOnce(sleep1Threshold: -1);
        }
    }

    private bool Take(List<Write> group)
    {
        lock (_lock)
        {
            while (group.Count < GroupMax && _waiting.TryDequeue(out var write))
            {
                group.Add(write);
            }

            _inLine = _waiting.Count;
        }

        return group.Count > 0;
    }
}
