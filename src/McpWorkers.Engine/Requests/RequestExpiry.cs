using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Requests;

/// <summary>Decides requests whose time is over. What the store refuses is tried again.</summary>
internal sealed class RequestExpiry(PendingRequests pending, Func<WorkerRequest, Task> expire, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    // A timer counts no time while the machine sleeps: the clock is looked at often enough.
    private static readonly TimeSpan LookAtLeast = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _leaving = new();
    private readonly SemaphoreSlim _changed = new(0);
    private Task _running = Task.CompletedTask;
    private int _disposed;

    public void Start() => _running = RunAsync();

    /// <summary>There is a new one.</summary>
    public void Changed()
    {
        try
        {
            _changed.Release();
        }
        catch (ObjectDisposedException)
        {
            // The next host looks.
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _leaving.CancelAsync();
        await _running;
        _changed.Dispose();
        _leaving.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await WaitAsync(await ExpireDueAsync());
            }
        }
        catch (OperationCanceledException)
        {
            // The host leaves; the next one goes on.
        }
    }

    /// <returns>How long nothing is due.</returns>
    private async Task<TimeSpan> ExpireDueAsync()
    {
        var now = time.GetUtcNow();
        var next = LookAtLeast;
        foreach (var request in pending.All)
        {
            if (request.Expires > now)
            {
                next = request.Expires - now < next ? request.Expires - now : next;
                continue;
            }

            try
            {
                await expire(request);
            }
            catch (RefusedException)
            {
                next = Retry;
            }
        }

        return next;
    }

    private async Task WaitAsync(TimeSpan due)
    {
        using var until = CancellationTokenSource.CreateLinkedTokenSource(_leaving.Token);
        await Task.WhenAny(Task.Delay(due, time, until.Token), _changed.WaitAsync(until.Token));
        await until.CancelAsync();
        _leaving.Token.ThrowIfCancellationRequested();
    }
}
