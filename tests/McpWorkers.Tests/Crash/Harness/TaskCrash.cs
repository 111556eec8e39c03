using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage.Sqlite;

namespace McpWorkers.Tests.Crash;

/// <summary>
/// A queue under load whose daemon is killed every few seconds: each acknowledged task is done once, in one attempt, since a run outlives its
/// daemon; and what was added again after an unanswered call was added once.
/// </summary>
internal sealed class TaskCrash(string product, int seed, Action<string> tell)
{
    private const int WorkersMax = 6;
    private const int TasksAnAdd = 4;
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(120);

    private readonly Random _random = new(seed);
    private readonly List<string> _faults = [];
    private readonly List<string> _acknowledged = [];
    private int _kills;
    private int _unanswered;

    /// <returns>What went wrong; empty is good.</returns>
    public async Task<IReadOnlyList<string>> RunAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        using var home = new CrashHome(product, WorkersMax);
        Directory.CreateDirectory(Effects(home));
        home.WriteRoles(new JsonObject { ["name"] = "load", ["concurrency"] = WorkersMax, ["autonomy"] = "full", ["worker_types"] = new JsonArray("simulated") });
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        over.CancelAfter(duration);
        try
        {
            await Task.WhenAll(AddAsync(home, over.Token, cancellationToken), KillAsync(home, over.Token));
            await EndAsync(home, cancellationToken);
            _faults.AddRange(await CrashRounds.CheckEndAsync(home, [], cancellationToken));
            await CheckAsync(home, cancellationToken);
        }
        catch (Exception e) when (e is CrashFault or IOException or InvalidOperationException or NullReferenceException or System.Text.Json.JsonException)
        {
            _faults.Add($"{e.GetType().Name}: {e.Message}");
        }

        tell($"seed {seed}: {_acknowledged.Count} tasks acknowledged, {_kills} kills, {_unanswered} calls without an answer, {_faults.Count} faults");
        return [.. _faults.Select(fault => $"seed {seed}: {fault}")];
    }

    private static string Effects(CrashHome home) => Path.Combine(home.Work, "effects");

    private async Task AddAsync(CrashHome home, CancellationToken over, CancellationToken cancellationToken)
    {
        string file = Path.Combine(home.Root, "tasks.json");
        for (int round = 0; !over.IsCancellationRequested; round++)
        {
            var keys = Enumerable.Range(0, TasksAnAdd).Select(i => $"k{round}-{i}").ToList();
            var tasks = new JsonArray([.. keys.Select(key => (JsonNode)TaskOf(key))]);
            await File.WriteAllTextAsync(file, tasks.ToJsonString(), cancellationToken);

            // Whoever got no answer asks again, with the same keys.
            for (int again = 0; (await home.RunAsync(["tasks", "add", "--file", file, "--json"], cancellationToken)) is var (exit, _, stderr) && exit != 0; again++)
            {
                _unanswered++;
                if (again == 20)
                {
                    throw new CrashFault($"'tasks add' failed {again} times, at last with {exit}: {stderr}");
                }
            }

            _acknowledged.AddRange(keys);
        }
    }

    private JsonObject TaskOf(string key)
    {
        string seconds = (_random.NextDouble() * 0.6).ToString("0.00", System.Globalization.CultureInfo.InvariantCulture);
        var task = new JsonObject
        {
            ["key"] = key,
            ["role"] = "load",
            ["priority"] = TaskNames.Priorities[_random.Next(TaskNames.Priorities.Count)],
            ["prompt"] = $"[[pace:fast]] [[shell:echo x >> effects/{key}]] [[sleep:{seconds}]] [[text:{key}]]",
        };
        if (_acknowledged.Count > 0 && _random.Next(4) == 0)
        {
            task["after"] = new JsonArray(_acknowledged[_random.Next(_acknowledged.Count)]);
        }

        return task;
    }

    private async Task KillAsync(CrashHome home, CancellationToken over)
    {
        var random = new Random(seed + 1);
        try
        {
            while (true)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(300, 4000)), over);
                if (home.DaemonPid is { } pid && Remains.Kill(pid, home.Data))
                {
                    _kills++;
                }
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
        }
    }

    private static async Task EndAsync(CrashHome home, CancellationToken cancellationToken)
    {
        long begun = TimeProvider.System.GetTimestamp();
        while ((await home.JsonOfAsync(["tasks", "list", "--status", "open", "--json"], cancellationToken))["tasks"] is JsonArray { Count: > 0 } open)
        {
            if (TimeProvider.System.GetElapsedTime(begun) > EndPatience)
            {
                throw new CrashFault($"{open.Count} tasks or more are not over after {EndPatience.TotalSeconds:0} s, one of them: {open[0]!.ToJsonString()}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(300), cancellationToken);
        }
    }

    private async Task CheckAsync(CrashHome home, CancellationToken cancellationToken)
    {
        await using var store = await SqliteStore.OpenAsync(Path.Combine(home.Data, "mcpworkers.db"), TimeProvider.System);
        foreach (string key in _acknowledged)
        {
            if (await store.Tasks.FindByKeyAsync(key, cancellationToken) is not { } task)
            {
                _faults.Add($"{key} was acknowledged and is gone");
                continue;
            }

            string effect = Path.Combine(Effects(home), key);
            int effects = File.Exists(effect) ? File.ReadAllLines(effect).Length : 0;
            if (task.State != TaskState.Completed || task.Attempts.Count != 1 || effects != 1)
            {
                _faults.Add($"{key} is {task.State.ToWire()} ({task.Detail}) after {task.Attempts.Count} attempts with {effects} effects: "
                    + string.Join("; ", task.Attempts.Select(attempt => $"{attempt.RunId} {attempt.Outcome?.ToWire()} {attempt.Cause?.ToWire()} {attempt.Detail}")));
            }
        }

        long all = (await store.Tasks.CountAsync(cancellationToken)).Values.Sum();
        if (all != _acknowledged.Count)
        {
            _faults.Add($"{all} tasks are there, and {_acknowledged.Count} were acknowledged");
        }

        if ((await store.Workers.LoadAsync(cancellationToken)).Workers is { Count: > 0 } left)
        {
            _faults.Add($"{left.Count} workers of tasks that are over were not closed, one of them {left[0].WorkerId}");
        }
    }
}
