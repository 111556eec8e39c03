using System.Diagnostics.Metrics;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers.Hosting;

namespace McpWorkers.Engine.Workers.Telemetry;

/// <summary>What is so at the moment of asking: nothing of it is made while nobody asks.</summary>
internal static class HostGauges
{
    public static void AddTo(HostMeter meter, WorkerHost host, LoadSampler load)
    {
        AddRuns(meter, host);
        AddWorkers(meter, host);
        AddMachine(meter.Meter, load);
    }

    private static void AddRuns(HostMeter meter, WorkerHost host)
    {
        meter.Meter.CreateObservableGauge("mcpworkers.runs.active", () => host.Slots.Taken, "{run}", "Runs that go on.");
        meter.Meter.CreateObservableGauge("mcpworkers.runs.waiting", () => host.Slots.Waiting, "{run}", "Runs that wait for a slot.");
        meter.Meter.CreateObservableGauge("mcpworkers.runs.slots", () => host.Settings.MaxConcurrentWorkers, "{run}", "How many runs may go on at once.");
        meter.Meter.CreateObservableGauge("mcpworkers.store.owed", () => host.Settling.Owed, "{run}", "Ends of runs that the store has not taken yet.");
    }

    private static void AddWorkers(HostMeter meter, WorkerHost host)
    {
        meter.Meter.CreateObservableGauge("mcpworkers.workers", () => ByStatus(host), "{worker}", "Workers that exist, by status.");
        meter.Meter.CreateObservableGauge(
            "mcpworkers.workers.cpu.utilization", () => ByType(meter, host, load => load.CpuPercent / 100), "1", "Processors that workers at work keep busy, by worker type.");
        meter.Meter.CreateObservableGauge(
            "mcpworkers.workers.memory", () => ByType(meter, host, load => load.MemoryBytes), "By", "Memory of workers at work, by worker type.");
        meter.Meter.CreateObservableGauge(
            "mcpworkers.workers.processes", () => ByType(meter, host, load => load.Processes), "{process}", "Processes of workers at work, by worker type.");
    }

    private static void AddMachine(Meter meter, LoadSampler load)
    {
        meter.CreateObservableCounter("mcpworkers.daemon.cpu", () => LoadSampler.HostCpu().TotalSeconds, "s", "Processor time of the daemon itself.");
        meter.CreateObservableGauge("mcpworkers.daemon.memory", () => Environment.WorkingSet, "By", "Memory of the daemon itself.");
        meter.CreateObservableGauge("mcpworkers.daemon.uptime", () => load.Uptime.TotalSeconds, "s", "Since the daemon started.");
        Gauge("mcpworkers.machine.cpu.utilization", machine => machine.CpuPercent / 100, "1", "Of all processors of the machine together, 0 to 1.");
        Gauge("mcpworkers.machine.memory.used", machine => machine.MemoryUsedBytes, "By", "Memory of the machine that is in use.");
        Gauge("mcpworkers.machine.memory.size", machine => machine.MemoryTotalBytes, "By", "Memory of the machine.");
        Gauge("mcpworkers.machine.disk.free", machine => machine.DiskFreeBytes, "By", "Free space where the data directory is.");
        Gauge("mcpworkers.machine.disk.size", machine => machine.DiskTotalBytes, "By", "Size of the disk where the data directory is.");

        // What cannot be told is left out.
        void Gauge(string name, Func<MachineLoad, double?> value, string unit, string description) => meter.CreateObservableGauge(
            name,
            () => value(load.Machine) is { } known ? [new(known)] : Enumerable.Empty<Measurement<double>>(),
            unit, description);
    }

    private static IEnumerable<Measurement<int>> ByStatus(WorkerHost host)
    {
        var counts = host.Registry.Snapshots(Caller.Owner).GroupBy(worker => worker.Status).ToDictionary(group => group.Key, group => group.Count());
        return Enum.GetValues<WorkerStatus>().Select(status => new Measurement<int>(counts.GetValueOrDefault(status), KeyValuePair.Create<string, object?>("status", status.ToWire())));
    }

    private static IEnumerable<Measurement<double>> ByType(HostMeter meter, WorkerHost host, Func<WorkerLoad, double?> value) =>
        [.. host.Registry.All
            .Select(worker => (Type: meter.LabelOf(worker.Type), Value: worker.Snapshot().Load is { } load ? value(load) : null))
            .Where(each => each.Value is not null)
            .GroupBy(each => each.Type)
            .Select(group => new Measurement<double>(group.Sum(each => each.Value!.Value), KeyValuePair.Create<string, object?>("worker_type", group.Key)))];
}
