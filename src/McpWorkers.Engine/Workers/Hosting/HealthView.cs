using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers.Hosting;

/// <summary>What a host says of its own state.</summary>
internal static class HealthView
{
    public static WorkerHealth Of(WorkerHost host, Caller caller)
    {
        var settings = host.Settings;
        var environment = caller.Environment ?? host.Environment;
        var workers = host.Registry.Snapshots(caller);
        bool defaultRuns = host.Types.All(environment).Any(type => type is { IsDefault: true, Missing: null });
        return new()
        {
            Status = !settings.WorkersEnabled ? "disabled" : defaultRuns ? "healthy" : "degraded",
            Workers = workers.Count,
            RunsActive = host.Slots.Taken,
            RunsWaiting = host.Slots.Waiting,
            RunsParked = host.Gate.Waiting,
            MaxConcurrent = settings.MaxConcurrentWorkers,
            MaxWorkers = settings.MaxWorkers,
            DefaultType = host.Types.DefaultName(environment),
            ByStatus = workers.GroupBy(worker => worker.Status.ToWire()).ToDictionary(group => group.Key, group => group.Count()),
            DataDirectory = settings.DataDirectory,
            Store = host.Store.Info,
            Held = host.Gate.Holds,
            Warnings = [.. settings.Warnings, .. StoreWarnings(host)],
        };
    }

    private static IEnumerable<string> StoreWarnings(WorkerHost host)
    {
        if (host.Store.Info.Warning is { } warning)
        {
            yield return warning;
        }

        if (host.Settling.Owed is > 0 and var owed)
        {
            yield return $"The ends of {owed} runs could not be recorded in the store yet; is the disk full? They are kept in their run directories.";
        }
    }
}
