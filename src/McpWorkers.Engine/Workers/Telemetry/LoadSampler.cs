using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Workers.Hosting;
using McpWorkers.Engine.Workers.Runs;

namespace McpWorkers.Engine.Workers.Telemetry;

/// <summary>Looks every few seconds at what the machine, this host and each run that goes on use, and keeps the last hour of the machine's.</summary>
internal sealed class LoadSampler : IAsyncDisposable
{
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    /// <summary>An hour.</summary>
    public const int PointsMax = 720;

    private readonly WorkerHost _host;
    private readonly MachineReader _machine;
    private readonly long _begun;
    private readonly CancellationTokenSource _ending = new();
    private readonly Queue<LoadPoint> _history = new();
    private readonly Lock _lock = new();
    private readonly Lock _looking = new();
    private Dictionary<string, (TimeSpan Cpu, long At)> _before = [];
    private (TimeSpan Cpu, long At) _hostBefore;
    private (DateTimeOffset At, MachineLoad Machine, HostLoad Host) _last;
    private Task _running = Task.CompletedTask;

    public LoadSampler(WorkerHost host)
    {
        _host = host;
        _machine = new(host.Settings.DataDirectory);
        _begun = host.Time.GetTimestamp();
        _hostBefore = (HostCpu(), _begun);
        RunOnce();
    }

    public TimeSpan Uptime => _host.Time.GetElapsedTime(_begun);

    /// <summary>As of the last look.</summary>
    public MachineLoad Machine
    {
        get
        {
            lock (_lock)
            {
                return _last.Machine;
            }
        }
    }

    public void Start() => _running = LoopAsync();

    /// <summary>One look.</summary>
    public void RunOnce()
    {
        lock (_looking)
        {
            Look();
        }
    }

    /// <param name="caller">Sees the machine, and of the workers its own.</param>
    public SystemLoad View(Caller caller)
    {
        var workers = _host.Registry.Snapshots(caller)
            .Where(worker => worker.Load is not null)
            .ToDictionary(worker => worker.WorkerId, worker => worker.Load!);
        lock (_lock)
        {
            return new(_last.At, Uptime, _last.Machine, _last.Host, workers, [.. _history]);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _running;
        _ending.Dispose();
    }

    private void Look()
    {
        var seen = new Dictionary<string, (TimeSpan, long)>();
        foreach (var (_, run) in _host.Live.All)
        {
            run.Load = run.Measure() is { } use ? LoadOf(run, use, seen) : null;
        }

        _before = seen;
        var machine = _machine.Read();
        long at = _host.Time.GetTimestamp();
        var cpu = HostCpu();
        var host = new HostLoad(PercentOf(cpu - _hostBefore.Cpu, _host.Time.GetElapsedTime(_hostBefore.At, at)), Environment.WorkingSet);
        _hostBefore = (cpu, at);
        lock (_lock)
        {
            _last = (_host.Time.GetUtcNow(), machine, host);
            if (_history.Count == PointsMax)
            {
                _history.Dequeue();
            }

            _history.Enqueue(new(_last.At, machine.CpuPercent, machine.MemoryUsedBytes, _host.Slots.Taken));
        }
    }

    public static TimeSpan HostCpu() => OperatingSystem.IsIOS() || OperatingSystem.IsTvOS() ? TimeSpan.Zero : Environment.CpuUsage.TotalTime;

    private static double? PercentOf(TimeSpan used, TimeSpan passed) =>
        passed > TimeSpan.Zero ? Math.Round(100 * Math.Max(0, used / passed), 1) : null;

    private WorkerLoad LoadOf(PromptRun run, ExecutionUse use, Dictionary<string, (TimeSpan, long)> seen)
    {
        long now = _host.Time.GetTimestamp();
        double? percent = null;
        if (use.Cpu is { } cpu)
        {
            seen[run.Identity.RunId] = (cpu, now);

            // At the first look there is none before it: since the launch, then.
            percent = _before.TryGetValue(run.Identity.RunId, out var before)
                ? PercentOf(cpu - before.Cpu, _host.Time.GetElapsedTime(before.At, now))
                : PercentOf(cpu, run.Elapsed(_host.Time));
        }

        return new(percent, use.MemoryBytes, use.Processes);
    }

    private async Task LoopAsync()
    {
        using var timer = new PeriodicTimer(Period, _host.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(_ending.Token))
            {
                RunOnce();
            }
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
        }
    }
}
