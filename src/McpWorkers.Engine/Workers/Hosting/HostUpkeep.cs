using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Engine.Workers.Hosting;

/// <summary>What a host does now and then: tells the store what it owes it, closes idle workers, removes old runs.</summary>
internal sealed class HostUpkeep(WorkerHost host) : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RetentionPeriod = TimeSpan.FromMinutes(10);

    /// <summary>Before a sweep that failed is tried again.</summary>
    private static readonly TimeSpan SweepPause = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource _ending = new();
    private readonly Retention _retention = new(host);
    private Task _running = Task.CompletedTask;
    private long? _retained;
    private long? _swept;

    /// <summary>What an earlier host left is looked over once. To look at what is kept means to read all of it.</summary>
    private bool _isSweptWhole;

    public void Start() => _running = LoopAsync();

    /// <summary>One round.</summary>
    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        await host.Settling.RetryAsync();
        foreach (var worker in host.Registry.All.Where(worker => worker.Idle > host.Settings.WorkerIdle))
        {
            await host.Closing.CloseQuietlyAsync(worker, "nothing had happened at it for long (setting worker_idle_hours)");
        }

        foreach (var nested in host.Registry.All.Where(worker => worker.ParentRun is { } parent && host.Live.FindLatest(parent) is null))
        {
            await host.Closing.CloseQuietlyAsync(nested, "the run that had spawned it is over");
        }

        if (_retained is not { } last || host.Time.GetElapsedTime(last) > RetentionPeriod)
        {
            _retained = host.Time.GetTimestamp();
            await _retention.RunOnceAsync(cancellationToken);
        }

        if (host.Home.OutlivesHost && (_swept is not { } swept || host.Time.GetElapsedTime(swept) > (_isSweptWhole ? RetentionPeriod : SweepPause)))
        {
            _swept = host.Time.GetTimestamp();
            await host.Places.SweepAsync(id => host.Registry.TryFind(id, Caller.Owner) is not null, withOwn: !_isSweptWhole, cancellationToken);
            _isSweptWhole = true;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _running;
        _ending.Dispose();
    }

    private async Task LoopAsync()
    {
        using var timer = new PeriodicTimer(Period, host.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(_ending.Token))
            {
                try
                {
                    await RunOnceAsync(_ending.Token);
                }
                catch (Exception e) when (e is StoreException or IOException or UnauthorizedAccessException or RefusedException)
                {
                    // The next round tries again; nothing is removed that could not be.
                }
            }
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
        }
    }
}
