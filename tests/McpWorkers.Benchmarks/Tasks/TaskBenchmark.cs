using System.Diagnostics;
using System.Globalization;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Quota;
using McpWorkers.Engine.Storage.Sqlite;
using McpWorkers.Engine.Tasks;
using McpWorkers.Engine.Tasks.Dispatch;
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
    private const int CeleryCount = 1000;
    private const int Many = 64;

    /// <summary>Of Celery's senders: more threads of one Python process only hinder each other.</summary>
    private const int ManySenders = 8;

    /// <summary>At once: one for each processor of a small machine, and what max_concurrent_workers is by default.</summary>
    private static readonly int[] Slots = [2, 10];

    public static async Task RunAsync()
    {
        var found = await CeleryPeer.FindAsync();
        if (found is null)
        {
            Rounds.Skip("Celery over Redis", CeleryPeer.Missing);
        }
        else
        {
            Console.WriteLine($"Celery over Redis with appendfsync always: {found.Value.Versions}");
        }

        foreach (int slots in Slots)
        {
            await using var celery = found is null ? null : await CeleryPeer.StartAsync(found.Value.Python, slots);
            await CompareAsync(celery, "One client, each add awaited", slots, 1, 1, 1);
            await CompareAsync(celery, $"{Many} clients, each add awaited (Celery: {ManySenders})", slots, Many, 1, ManySenders);
            await CompareAsync(celery, "One client, 100 tasks an add (Celery: one a send)", slots, 1, 100, 1);
        }

        await Rounds.RunAsync("A process for each task, 10 at once", "tasks/s", 3,
        [
            new("200 tasks", () => new TaskProcesses(200).MeasureAsync()),
            new("500 tasks", () => new TaskProcesses(500).MeasureAsync()),
        ]);
    }

    private static Task CompareAsync(CeleryPeer? celery, string title, int slots, int adders, int batch, int senders)
    {
        List<Candidate> candidates = [new("McpWorkers", () => NoOpAsync(slots, adders, batch))];
        if (celery is not null)
        {
            candidates.Insert(0, new("Celery", () => celery.RunAsync(CeleryCount, senders)));
        }

        return Rounds.RunAsync($"Tasks that do nothing, {slots} at once. {title}", "tasks/s", RoundCount, candidates);
    }

    /// <param name="batch">Tasks in one add.</param>
    private static async Task<double> NoOpAsync(int slots, int adders, int batch)
    {
        string folder = Directory.CreateTempSubdirectory("mcpworkers-benchmark-").FullName;
        try
        {
            await using var store = await SqliteStore.OpenAsync(Path.Combine(folder, "mcpworkers.db"), TimeProvider.System);
            var attempts = new NoOpAttempts();
            var settings = new HostSettings { DataDirectory = folder, Roles = [new() { Name = "code", Concurrency = 100 }] };
            await using var tasks = await TaskManager.OpenAsync(
                new TaskHost(settings, store.Tasks, new RunSlots(slots), _ => attempts, new TaskEnvironments(null), new(), TimeProvider.System,
                    new PoolGate(settings.Quota, store.Breakers, new(), TimeProvider.System)), CancellationToken.None);
            int each = TaskCount / adders / batch;
            long begun = Stopwatch.GetTimestamp();
            await Task.WhenAll(Enumerable.Range(0, adders).Select(_ => Task.Run(async () =>
            {
                for (int i = 0; i < each; i++)
                {
                    await tasks.AddAsync([.. Enumerable.Range(0, batch).Select(_ => new TaskRequest { Prompt = "A prompt of the usual length, which is a sentence or two." })]);
                }
            })));
            await IdleAsync(tasks);
            double seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
            int count = each * batch * adders;
            Check(await tasks.StatusAsync(), count, attempts);
            return count / seconds;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Until all that was added is over.</summary>
    public static async Task IdleAsync(TaskManager tasks)
    {
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var listening = tasks.Listen(change =>
        {
            if (change.Task.State.IsOver() && tasks.IsIdle)
            {
                over.TrySetResult();
            }
        });
        if (!tasks.IsIdle)
        {
            await over.Task.WaitAsync(TimeSpan.FromMinutes(5));
        }
    }

    private static void Check(QueueStatus status, int count, NoOpAttempts attempts)
    {
        int begun = attempts.Begun.Values.Sum();
        if (status.Tasks[TaskState.Completed] != count || begun != count)
        {
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{status.Tasks[TaskState.Completed]} completed and {begun} begun of {count}"));
        }
    }
}
