using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage.Sqlite;

namespace McpWorkers.Tests.Crash;

/// <summary>What has to hold of the tasks once the daemon is gone, by its store and by what the runs did.</summary>
/// <param name="over">How each task ended that was seen to be over before.</param>
internal sealed class TaskCrashCheck(CrashHome home, IReadOnlyList<TaskCrashPlan> plans, IReadOnlyDictionary<string, string> over)
{
    private readonly List<string> _faults = [];

    /// <summary>Lines that attempts wrote.</summary>
    public int Effects { get; private set; }

    public static string EndOf(string state, DateTimeOffset finished) => FormattableString.Invariant($"{state} at {finished.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.fff}");

    public async Task<IReadOnlyList<string>> RunAsync(CancellationToken cancellationToken)
    {
        var settled = await SettledFacts.CountAsync(home.Data, cancellationToken);
        await using var store = await SqliteStore.OpenAsync(Path.Combine(home.Data, "mcpworkers.db"), TimeProvider.System);
        var runs = new HashSet<string>();
        foreach (var plan in plans)
        {
            if (await store.Tasks.FindByKeyAsync(plan.Key, cancellationToken) is not { } task)
            {
                _faults.Add($"{plan.Key} was acknowledged and is gone");
                continue;
            }

            Check(plan, task);
            foreach (var attempt in task.Attempts)
            {
                runs.Add(attempt.RunId);
                if (!settled.ContainsKey(attempt.RunId))
                {
                    _faults.Add($"{attempt.RunId} of {plan.Key} was never settled");
                }
            }
        }

        _faults.AddRange(settled.Keys.Where(run => !runs.Contains(run)).Select(run => $"{run} is no attempt of any task"));
        long all = (await store.Tasks.CountAsync(cancellationToken)).Values.Sum();
        if (all != plans.Count)
        {
            _faults.Add($"{all} tasks are there, and {plans.Count} were acknowledged");
        }

        if ((await store.Workers.LoadAsync(cancellationToken)).Workers is { Count: > 0 } left)
        {
            _faults.Add($"{left.Count} workers of tasks that are over were not closed, one of them {left[0].WorkerId}");
        }

        return _faults;
    }

    private void Check(TaskCrashPlan plan, WorkTask task)
    {
        string effect = Path.Combine(TaskCrashPlan.EffectsOf(home), plan.Key);
        var lines = File.Exists(effect) ? File.ReadAllLines(effect) : [];
        var wrote = lines.Select(line => line[(line.LastIndexOf('/') + 1)..]).ToList();
        Effects += wrote.Count;

        // One that is lost may have come to its effect or not; none may be lost where only the daemon is killed.
        var began = task.Attempts.Where(attempt => attempt.Outcome != AttemptOutcome.Lost || wrote.Contains(attempt.RunId)).Select(attempt => attempt.RunId);
        if (task.State != plan.End || task.Attempts.Count != plan.Attempts || !wrote.SequenceEqual(began) || task.Attempts.Any(attempt => !attempt.IsOver))
        {
            _faults.Add($"{plan.Key} is {task.State.ToWire()} ({task.Detail}), and should be {plan.End.ToWire()} after {plan.Attempts} attempts; {wrote.Count} effects "
                + $"[{string.Join(' ', wrote)}]; {task.Attempts.Count} attempts: "
                + string.Join("; ", task.Attempts.Select(attempt => $"{attempt.RunId} {attempt.Outcome?.ToWire()} {attempt.Cause?.ToWire()} {attempt.Detail}")));
        }

        if (task.Finished is { } finished && over.TryGetValue(task.TaskId, out string? seen) && seen != EndOf(task.State.ToWire(), finished))
        {
            _faults.Add($"{plan.Key} was {seen}, and is {EndOf(task.State.ToWire(), finished)}");
        }
    }
}
