using System.Text.Json;
using System.Text.Json.Nodes;

namespace McpWorkers.Tests.Crash;

/// <summary>
/// A queue under load whose daemon is killed every few seconds. A run outlives its daemon: so each acknowledged task comes to the very end that it was made
/// for, with the attempts that it was made for, each started once; and what was added again after an unanswered call was added once.
/// </summary>
internal sealed class TaskCrash(string product, int seed, Action<string> tell)
{
    private const int WorkersMax = 6;
    private const int TasksAnAdd = 12;

    /// <summary>No more is added while so many are not over: what is left at the end must not take longer than the kills before it.</summary>
    private const int OpenMax = 20;

    /// <summary>So many kills in a row need not wait for an answer: they come to a daemon that starts. More would be about the machine's load.</summary>
    private const int BlindMax = 2;

    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly List<string> _faults = [];
    private readonly List<TaskCrashPlan> _acknowledged = [];
    private readonly Dictionary<string, string> _over = [];
    private int _answers;
    private int _kills;
    private int _unanswered;

    /// <returns>What went wrong; empty is good.</returns>
    public async Task<IReadOnlyList<string>> RunAsync(TimeSpan duration, CancellationToken cancellationToken)
    {
        using var home = new CrashHome(product, WorkersMax);
        Directory.CreateDirectory(TaskCrashPlan.EffectsOf(home));
        home.WriteRoles(TaskCrashPlan.Roles(WorkersMax));
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        over.CancelAfter(duration);
        long begun = TimeProvider.System.GetTimestamp();
        int effects = 0;
        try
        {
            var adding = AddAsync(home, over.Token, cancellationToken);
            var killing = KillAsync(home, over.Token);
            if (await Task.WhenAny(adding, killing) == adding)
            {
                // Before its time only by a fault.
                await over.CancelAsync();
            }

            await Task.WhenAll(adding, killing);
            await UntilOpenAsync(home, 0, CancellationToken.None, cancellationToken);
            _faults.AddRange(await EndAsync(home, cancellationToken));
            var check = new TaskCrashCheck(home, _acknowledged, _over);
            _faults.AddRange(await check.RunAsync(cancellationToken));
            effects = check.Effects;
        }
        catch (Exception e) when (e is CrashFault or IOException or InvalidOperationException or NullReferenceException or JsonException)
        {
            _faults.Add($"{e.GetType().Name}: {e.Message}");
            _faults.AddRange(await EndAsync(home, cancellationToken));
        }

        tell($"seed {seed}: {_acknowledged.Count} tasks acknowledged, {effects} attempts with their effects, {_kills} kills, {_unanswered} adds said again, "
            + $"{_faults.Count} faults, {TimeProvider.System.GetElapsedTime(begun).TotalSeconds:0} s");
        return [.. _faults.Select(fault => $"seed {seed}: {fault}")];
    }

    private static async Task<IReadOnlyList<string>> EndAsync(CrashHome home, CancellationToken cancellationToken)
    {
        try
        {
            return await CrashRounds.CheckEndAsync(home, [], cancellationToken);
        }
        catch (Exception e) when (e is CrashFault or Engine.Storage.StoreException)
        {
            return [$"the end: {e.Message}"];
        }
    }

    private async Task AddAsync(CrashHome home, CancellationToken over, CancellationToken cancellationToken)
    {
        var random = new Random(seed);
        string file = Path.Combine(home.Root, "tasks.json");
        for (int round = 0; !over.IsCancellationRequested; round++)
        {
            var plans = Enumerable.Range(0, TasksAnAdd).Select(i => TaskCrashPlan.Draw($"k{round}-{i}", random, _acknowledged)).ToList();
            await File.WriteAllTextAsync(file, new JsonArray([.. plans.Select(plan => (JsonNode)plan.Request)]).ToJsonString(), cancellationToken);

            // Whoever got no answer asks again, with the same keys. The command does so by itself while it can.
            for (int again = 0; (await home.RunAsync(["tasks", "add", "--file", file, "--json"], cancellationToken)) is var (exit, _, stderr) && exit != 0; again++)
            {
                _unanswered++;
                if (again == 20)
                {
                    throw new CrashFault($"'tasks add' failed {again} times, at last with {exit}: {stderr}");
                }
            }

            _acknowledged.AddRange(plans);
            Interlocked.Increment(ref _answers);
            await UntilOpenAsync(home, OpenMax, over, cancellationToken);
        }
    }

    private async Task KillAsync(CrashHome home, CancellationToken over)
    {
        var random = new Random(seed + 1);
        try
        {
            for (int blind = 0; ;)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(300, 4000)), over);
                int answers = Volatile.Read(ref _answers);
                if (home.DaemonPid is { } pid && Remains.Kill(pid, home.Data))
                {
                    _kills++;
                }

                blind = random.Next(3) == 0 && blind < BlindMax ? blind + 1 : 0;
                while (blind == 0 && Volatile.Read(ref _answers) == answers)
                {
                    await Task.Delay(Look, over);
                }
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
        }
    }

    /// <summary>Waits until no more than so many are open, and sees on the way that what is over stays as it is.</summary>
    /// <param name="enough">Nobody waits any longer then.</param>
    private async Task UntilOpenAsync(CrashHome home, int count, CancellationToken enough, CancellationToken cancellationToken)
    {
        long begun = TimeProvider.System.GetTimestamp();
        while (!enough.IsCancellationRequested)
        {
            Note(await ListAsync(home, [], cancellationToken));
            Interlocked.Increment(ref _answers);
            var open = await ListAsync(home, ["--status", "open"], cancellationToken);
            if (open.Count <= count)
            {
                return;
            }

            if (TimeProvider.System.GetElapsedTime(begun) > EndPatience)
            {
                throw new CrashFault($"{open.Count} tasks are not over after {EndPatience.TotalSeconds:0} s, one of them: {open[0]!.ToJsonString()}");
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }

    /// <summary>The newest hundred.</summary>
    private static async Task<JsonArray> ListAsync(CrashHome home, string[] which, CancellationToken cancellationToken) =>
        (await home.JsonOfAsync(["tasks", "list", .. which, "-n", "100", "--json"], cancellationToken))["tasks"]!.AsArray();

    private void Note(JsonArray listed)
    {
        foreach (var task in listed.Where(task => task!["finished"] is not null))
        {
            string id = task!["task_id"]!.GetValue<string>();
            string end = TaskCrashCheck.EndOf(task["status"]!.GetValue<string>(), task["finished"]!.GetValue<DateTimeOffset>());
            if (_over.TryAdd(id, end))
            {
                continue;
            }

            if (_over[id] != end)
            {
                _faults.Add($"{id} was {_over[id]} and then {end}");
            }
        }
    }
}
