using System.Globalization;
using McpWorkers.Benchmarks.Containers;
using McpWorkers.Benchmarks.Crash;
using McpWorkers.Benchmarks.Http;
using McpWorkers.Benchmarks.Launch;
using McpWorkers.Benchmarks.Load;
using McpWorkers.Benchmarks.Mcp;
using McpWorkers.Benchmarks.Reading;
using McpWorkers.Benchmarks.Relay;
using McpWorkers.Benchmarks.Storage;
using McpWorkers.Benchmarks.Tasks;
using McpWorkers.Benchmarks.Worktrees;
using McpWorkers.Tests.Crash;

(string Name, Func<Task> Run)[] benchmarks =
[
    ("reading", ReadingBenchmark.RunAsync),
    ("launch", LaunchBenchmark.RunAsync),
    ("mcp", McpBenchmark.RunAsync),
    ("relay", RelayBenchmark.RunAsync),
    ("http", HttpBenchmark.RunAsync),
    ("store", StoreBenchmark.RunAsync),
    ("history", HistoryBenchmark.RunAsync),
    ("tasks", TaskBenchmark.RunAsync),
    ("observing", ObservingLoad.RunAsync),
    ("worktree", WorktreeBenchmark.RunAsync),
    ("container", ContainerBenchmark.RunAsync),
];

// A part of the benchmark of HTTP, started by it.
if (args is [HttpServerProcess.Command])
{
    await HttpServerProcess.RunAsync();
    return 0;
}

// No benchmark, but a process that the tests of the store kill.
if (args is ["store-writer", var path, var prefix, var writers, var runs])
{
    return await StoreWriterProcess.RunAsync(path, prefix, int.Parse(writers, CultureInfo.InvariantCulture), int.Parse(runs, CultureInfo.InvariantCulture));
}

// Proofs take arguments of their own and end with a code that says how they went.
if (args is ["crash", .. var rest])
{
    return await CrashProof.RunAsync(rest);
}

// Killed by the proof of worktrees.
if (args is [WorktreeHost.Command, var hostRoot, var hostSeed])
{
    return await WorktreeHost.RunAsync(hostRoot, int.Parse(hostSeed, CultureInfo.InvariantCulture));
}

if (args is ["worktree-crash", .. var worktrees])
{
    return await WorktreeCrashProof.RunAsync(worktrees);
}

if (args is ["container-crash", .. var containers])
{
    return await ContainerCrashProof.RunAsync(containers);
}

if (args is ["task-crash", .. var tasks])
{
    return await TaskCrashProof.RunAsync(tasks);
}

if (args is ["task-processes", .. var processes])
{
    return await TaskProcesses.ProveAsync(processes);
}

if (args is ["load", .. var load])
{
    return await LoadProof.RunAsync(load);
}

if (args is ["delivery", .. var delivery])
{
    return await DeliveryProof.RunAsync(delivery);
}

string asked = args.Length == 0 ? "all" : args[0];
var chosen = benchmarks.Where(each => asked == "all" || each.Name == asked).ToList();
if (args.Length > 1 || chosen.Count == 0)
{
    Console.Error.WriteLine($"'{string.Join(' ', args)}' is no benchmark. Allowed: {string.Join(", ", benchmarks.Select(each => each.Name))}, all.");
    return 2;
}

foreach (var (_, run) in chosen)
{
    await run();
}

return 0;
