using System.Diagnostics;
using System.Globalization;
using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Storage.Sqlite;
using McpWorkers.Engine.Tasks;
using McpWorkers.Engine.Tasks.Dispatch;
using McpWorkers.Engine.Workers;
using McpWorkers.Engine.Workers.Homes;
using McpWorkers.Engine.Workers.Hosting;
using McpWorkers.Engine.Workers.Runs;
using McpWorkers.Tests.Tasks;

namespace McpWorkers.Benchmarks.Tasks;

/// <summary>
/// The queue from acceptance to settlement with a task that does nothing, each accepted task synced to the disk, against Celery over Redis
/// with the same promise; and with a process for each task.
/// </summary>
internal static class TaskBenchmark
{
    private const int RoundCount = 5;
    private const int TaskCount = 4000;
    private const int ProcessCount = 200;
    private const int Slots = 2;
    private const int Adders = 64;

    public static async Task RunAsync()
    {
        var candidates = new List<Candidate>
        {
            new("One client, each add awaited", () => NoOpAsync(1, 1)),
            new($"{Adders} clients, each add awaited", () => NoOpAsync(Adders, 1)),
            new("One client, 100 tasks an add", () => NoOpAsync(1, 100)),
        };
        await using var celery = await CeleryPeer.StartAsync(Slots);
        if (celery is null)
        {
            Rounds.Skip("Celery over Redis", "celery and redis-server are not on the PATH (Debian: apt-get install celery redis-server python3-redis)");
        }
        else
        {
            candidates.Insert(0, new("Celery over Redis, appendfsync always", () => celery.RunAsync(TaskCount / 4)));
        }

        await Rounds.RunAsync($"Tasks that do nothing from acceptance to settlement, {Slots} at once", "tasks/s", RoundCount, candidates);
        await Rounds.RunAsync("The same with a process for each task", "tasks/s", 3, [new($"{ProcessCount} tasks, 8 at once", ProcessesAsync)]);
    }

    /// <param name="batch">Tasks in one add.</param>
    private static async Task<double> NoOpAsync(int adders, int batch)
    {
        string folder = Directory.CreateTempSubdirectory("mcpworkers-benchmark-").FullName;
        try
        {
            await using var store = await SqliteStore.OpenAsync(Path.Combine(folder, "mcpworkers.db"), TimeProvider.System);
            var attempts = new NoOpAttempts();
            var settings = new HostSettings { DataDirectory = folder, Roles = [new() { Name = "code", Concurrency = 100 }] };
            await using var tasks = await TaskManager.OpenAsync(
                new TaskHost(settings, store.Tasks, new RunSlots(Slots), _ => attempts, new TaskEnvironments(null), new(), TimeProvider.System), CancellationToken.None);
            long begun = Stopwatch.GetTimestamp();
            await Task.WhenAll(Enumerable.Range(0, adders).Select(async _ =>
            {
                for (int i = 0; i < TaskCount / adders / batch; i++)
                {
                    await tasks.AddAsync([.. Enumerable.Range(0, batch).Select(_ => new TaskRequest { Prompt = "A prompt of the usual length, which is a sentence or two." })]);
                }
            }));
            await IdleAsync(tasks);
            double seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
            int count = TaskCount / adders / batch * adders * batch;
            Check(await tasks.StatusAsync(), count, attempts.Begun.Values.Sum());
            return count / seconds;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<double> ProcessesAsync()
    {
        string folder = Directory.CreateTempSubdirectory("mcpworkers-benchmark-").FullName;
        try
        {
            using var directory = DataDirectory.Take(Path.Combine(folder, "data"));
            var settings = new HostSettings
            {
                DataDirectory = directory.Path,
                MaxConcurrentWorkers = 8,
                DefaultType = "echo",
                WorkerTypes = [new() { Name = "echo", Agent = "command", Command = ["/bin/cat"] }],
                Roles = [new() { Name = "code", Concurrency = 100 }],
            };
            var store = await SqliteStore.OpenAsync(directory.StorePath, TimeProvider.System);
            await using var manager = await WorkerManager.OpenAsync(
                new WorkerHost(settings, AgentCatalog.Default(), new ProcessLauncher(TimeProvider.System), ExecutableFinder.Find, new DurableRunHome(directory), store, TimeProvider.System),
                CancellationToken.None);
            await using var tasks = await TaskManager.OpenAsync(manager);
            long begun = Stopwatch.GetTimestamp();
            await tasks.AddAsync([.. Enumerable.Range(0, ProcessCount).Select(_ => new TaskRequest { Prompt = "p", WorkingDirectory = folder })]);
            await IdleAsync(tasks);
            double seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
            Check(await tasks.StatusAsync(), ProcessCount, ProcessCount);
            return ProcessCount / seconds;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task IdleAsync(TaskManager tasks)
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listening = tasks.Listen(_ =>
        {
            if (tasks.IsIdle)
            {
                over.TrySetResult();
            }
        });
        if (!tasks.IsIdle)
        {
            await over.Task.WaitAsync(TimeSpan.FromMinutes(5));
        }
    }

    private static void Check(QueueStatus status, int count, int begun)
    {
        if (status.Tasks[TaskState.Completed] != count || begun != count)
        {
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{status.Tasks[TaskState.Completed]} completed and {begun} begun of {count}"));
        }
    }
}
