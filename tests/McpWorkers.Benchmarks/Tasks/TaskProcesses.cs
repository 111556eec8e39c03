using System.Diagnostics;
using System.Globalization;
using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Events;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Storage.Sqlite;
using McpWorkers.Engine.Tasks;
using McpWorkers.Engine.Workers;
using McpWorkers.Engine.Workers.Homes;
using McpWorkers.Engine.Workers.Hosting;

namespace McpWorkers.Benchmarks.Tasks;

/// <summary>
/// So many tasks with a process each, over run directories and the store, as the daemon does them; and the look whether each was attempted
/// once, did its work once and was settled once.
/// </summary>
internal sealed class TaskProcesses(int count)
{
    private const int Slots = 10;
    private const int ProofDefault = 500;

    /// <summary><c>task-processes [COUNT]</c>, up to 1000. 1 where a task was not done exactly once.</summary>
    public static async Task<int> ProveAsync(string[] arguments)
    {
        int count = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : ProofDefault;
        var (seconds, faults) = await new TaskProcesses(count).RunAsync();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{count} tasks with a process each in {seconds:0.0} s ({count / seconds:0} a second), {faults.Count} faults"));
        foreach (string fault in faults)
        {
            Console.WriteLine(fault);
        }

        return faults.Count == 0 ? 0 : 1;
    }

    /// <summary>Tasks a second from the first add to the last settlement.</summary>
    /// <exception cref="InvalidOperationException">Not every task was done exactly once.</exception>
    public async Task<double> MeasureAsync()
    {
        var (seconds, faults) = await RunAsync();
        return faults.Count == 0 ? count / seconds : throw new InvalidOperationException(string.Join('\n', faults));
    }

    public async Task<(double Seconds, IReadOnlyList<string> Faults)> RunAsync()
    {
        string folder = Directory.CreateTempSubdirectory("mcpworkers-benchmark-").FullName;
        try
        {
            using var directory = DataDirectory.Take(Path.Combine(folder, "data"));
            string done = Path.Combine(folder, "done");
            var store = await SqliteStore.OpenAsync(directory.StorePath, TimeProvider.System);
            await using var manager = await WorkerManager.OpenAsync(
                new WorkerHost(
                    Settings(directory, done), AgentCatalog.Default(), new ProcessLauncher(TimeProvider.System), ExecutableFinder.Find, new DurableRunHome(directory), store,
                    TimeProvider.System),
                CancellationToken.None);
            await using var tasks = await TaskManager.OpenAsync(manager);
            long begun = Stopwatch.GetTimestamp();
            await tasks.AddAsync([.. Enumerable.Range(0, count).Select(i => new TaskRequest { Prompt = $"task {i}\n", WorkingDirectory = folder })]);
            await TaskBenchmark.IdleAsync(tasks);
            double seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
            return (seconds, [.. await FaultsAsync(tasks, store, await File.ReadAllLinesAsync(done))]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The process adds its prompt to a file.</summary>
    private static HostSettings Settings(DataDirectory directory, string done) => new()
    {
        DataDirectory = directory.Path,
        MaxConcurrentWorkers = Slots,
        DefaultType = "note",
        WorkerTypes = [new() { Name = "note", Agent = "command", Command = ["/bin/sh", "-c", "cat >> \"$0\"", done] }],
        Roles = [new() { Name = "code", Concurrency = 100 }],
    };

    private async Task<List<string>> FaultsAsync(TaskManager tasks, SqliteStore store, string[] lines)
    {
        List<string> faults = [];
        var all = (await tasks.ListAsync(new() { Limit = TaskQuery.LimitMax })).Tasks;
        Expect(count, all.Count, "tasks");
        Expect(count, all.Count(task => task is { State: TaskState.Completed, Attempts: [{ Outcome: AttemptOutcome.Completed }] }), "tasks completed in one attempt");
        Expect(count, lines.Length, "lines written by processes");
        Expect(count, lines.Distinct().Count(), "different lines written by processes");
        var facts = await FactsAsync(store);
        var settled = facts.Where(fact => fact.Kind == WorkerEventKind.Settled).Select(fact => fact.RunId).ToList();
        Expect(count, facts.Count(fact => fact.Kind == WorkerEventKind.Started), "runs started");
        Expect(count, settled.Count, "runs settled");
        Expect(0, all.Select(task => task.Attempts[^1].RunId).Except(settled.OfType<string>()).Count(), "attempts without a settled run");
        return faults;

        void Expect(int expected, int actual, string what)
        {
            if (actual != expected)
            {
                faults.Add($"{actual} {what}, expected {expected}");
            }
        }
    }

    private static async Task<List<WorkerEvent>> FactsAsync(SqliteStore store)
    {
        List<WorkerEvent> facts = [];
        while (true)
        {
            var page = await store.Workers.EventsAsync(facts.Count == 0 ? 0 : facts[^1].Number, 10_000, CancellationToken.None);
            if (page.Facts.Count == 0)
            {
                return facts;
            }

            facts.AddRange(page.Facts);
        }
    }
}
