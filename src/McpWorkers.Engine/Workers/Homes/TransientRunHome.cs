using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers.Homes;

/// <summary>The runs of a host that ends with its process; and those of such hosts that are gone, which are swept when this one begins its work.</summary>
internal sealed class TransientRunHome(string dataDirectory, ILauncher launcher, AgentCatalog agents, TimeProvider time) : IRunHome
{
    /// <summary>What others have left behind must not hold up this host's end: the next host goes on with it.</summary>
    private static readonly TimeSpan SweepPatience = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private OwnerDirectory? _owner;
    private Task _sweep = Task.CompletedTask;

    public string Mark => Owner.Mark;

    public bool OutlivesHost => false;

    /// <summary>Made at first use: a host that only answers questions leaves no trace.</summary>
    private OwnerDirectory Owner
    {
        get
        {
            lock (_lock)
            {
                return _owner ??= Begin();
            }
        }
    }

    public string RunPath(string runId) => Path.Combine(Owner.RunsPath, runId);

    public string? WorkerPath(string workerId) => null;

    public string AgentHome(string workerId) => Path.Combine(Owner.HomesPath, workerId);

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAny(_sweep, Task.Delay(SweepPatience));
        if (_sweep.IsCompleted)
        {
            await _sweep;
        }

        lock (_lock)
        {
            _owner?.Dispose();
        }
    }

    private OwnerDirectory Begin()
    {
        try
        {
            var owner = OwnerDirectory.Create(dataDirectory);
            _sweep = Task.Run(SweepAsync);
            return owner;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RefusedException(
                RefusalCode.InvalidSettings,
                $"The data directory '{dataDirectory}' cannot be used: {e.Message} Name another one with --data-dir or the setting data_directory.");
        }
    }

    private async Task SweepAsync()
    {
        foreach (var abandoned in OwnerDirectory.TakeAbandoned(dataDirectory))
        {
            using (abandoned)
            {
                await AbandonedRuns.SettleAsync(abandoned, launcher, agents, time);
                await launcher.SweepAsync(abandoned.Mark, static _ => true, static _ => true, CancellationToken.None);
            }
        }
    }
}
