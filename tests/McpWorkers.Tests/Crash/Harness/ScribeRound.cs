using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace McpWorkers.Tests.Crash;

/// <summary>
/// One round: workers in worktrees are spawned, write, are merged, closed and discarded, and the daemon is killed in each of these phases, or not. Then all that was
/// written must be somewhere, and nothing half done may be left.
/// </summary>
internal sealed class ScribeRound(CrashHome home, WorktreePlace place, ScribeRepository repository, int number, int seed)
{
    private const int Workers = 4;
    private const int NotMerged = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Random _random = new(seed);
    private readonly List<string> _faults = [];
    private readonly List<string> _merged = [];
    private readonly HashSet<string> _trashed = [];
    private readonly ConcurrentDictionary<string, string> _acknowledged = new();
    private readonly List<string> _times = [];
    private string _phase = "";
    private long _entered = TimeProvider.System.GetTimestamp();

    /// <summary>Runs that were acknowledged, by id.</summary>
    public IReadOnlyCollection<string> Acknowledged => [.. _acknowledged.Keys];

    public int Kills { get; private set; }

    public int Restored { get; private set; }

    public int Merged => _merged.Count;

    public IReadOnlyList<string> Times => _times;

    /// <summary>Commands that were refused although nobody was killed, for people to look at.</summary>
    public List<string> Refusals { get; } = [];

    /// <summary>What went wrong; empty is good.</summary>
    public async Task<IReadOnlyList<string>> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            var workers = await CreateAsync(cancellationToken);
            await RunAgentsAsync(workers, cancellationToken);
            await RunAgentsAsync([.. workers.Where(_ => Chance(2))], cancellationToken);
            await MergeAsync(workers, cancellationToken);
            await CleanUpAsync(workers, cancellationToken);
            await CheckQuietAsync(cancellationToken);
            await RestoreAsync(cancellationToken);
            await CheckGoneAsync(cancellationToken);
            Enter("the end");
            var lines = await ScribeJournal.ReadAsync(place.Journal, cancellationToken);
            var kept = await KeptBytes.FindAsync(place, cancellationToken);
            Faults(ScribeJournal.Lost(lines, kept).Select(line => $"lost: {line.Path} ({line.Deed}), {line.Hash}"));
        }
        catch (Exception e) when (e is CrashFault or IOException or InvalidOperationException or NullReferenceException or JsonException)
        {
            Fault($"{e.GetType().Name}: {e.Message}");
        }

        Enter("");
        return _faults;
    }

    private async Task<IReadOnlyList<string>> CreateAsync(CancellationToken cancellationToken)
    {
        Enter("create");
        string[] spawn = ["workers", "spawn", "-t", ScribeAgent.Type, "--cwd", place.Repository, "--workspace", "worktree", "--json", "-n"];
        var ends = await KilledAsync([[.. spawn, $"{Workers / 2}"], [.. spawn, $"{Workers / 2}", "--verify", "test -f readme.txt && sleep 0.2"]], 1500, cancellationToken);
        var told = ends.Where(end => end.ExitCode == 0).SelectMany(end => JsonNode.Parse(end.Stdout)!.AsArray()).Select(id => id!.GetValue<string>()).ToList();
        var listed = await ListAsync(cancellationToken);
        Faults(told.Except(listed).Select(worker => $"{worker} was spawned and is gone"));
        if (listed.Count < Workers)
        {
            await home.JsonOfAsync([.. spawn, $"{Workers - listed.Count}"], cancellationToken);
            listed = await ListAsync(cancellationToken);
        }

        Faults(listed.Where(worker => place.Folder.Find(worker) is not { State: Engine.Workspaces.WorkspaceState.Ready }).Select(worker => $"{worker} has no workspace"));
        return listed;
    }

    private async Task RunAgentsAsync(IReadOnlyList<string> workers, CancellationToken cancellationToken)
    {
        Enter("run");
        if (workers.Count == 0)
        {
            return;
        }

        var fresh = new ConcurrentDictionary<string, string>();
        await using (var client = await McpLines.ToSocketAsync(home, cancellationToken))
        {
            var prompts = workers.Select(_ => ScribeAgent.NextPrompt(_random)).ToList();
            var submitting = workers.Zip(prompts, async (worker, prompt) =>
            {
                try
                {
                    var answer = await client.CallAsync("worker_execute", new() { ["worker_id"] = worker, ["prompt"] = prompt, ["wait"] = false }, cancellationToken);
                    fresh[answer["metadata"]!["run_id"]!.GetValue<string>()] = prompt;
                }
                catch (IOException)
                {
                    // Nothing was acknowledged, though it may have been accepted.
                }
            }).ToList();
            await CrashAsync(2000, cancellationToken);
            await Task.WhenAll(submitting);
        }

        var collected = (await home.JsonOfAsync(["workers", "collect", .. workers, "--wait", "--json"], cancellationToken)).AsObject();
        var runs = collected.Select(pair => pair.Value).Where(result => result?["metadata"]?["run_id"] is not null).ToDictionary(result => result!["metadata"]!["run_id"]!.GetValue<string>());
        foreach (var (run, prompt) in fresh)
        {
            _acknowledged[run] = prompt;
            if (!runs.TryGetValue(run, out var result) || result!["status"]!.GetValue<string>() != "completed")
            {
                Fault($"{run} was acknowledged and is {result?["status"] ?? "gone"}: {result?["error"]} {result?["metadata"]?["evidence"]?["notes"]?.ToJsonString()}; asked was {prompt}");
            }
        }
    }

    private async Task MergeAsync(IReadOnlyList<string> workers, CancellationToken cancellationToken)
    {
        Enter("merge");
        string[] how = [.. Chance(3) ? ["--squash"] : Array.Empty<string>(), .. Chance(2) ? ["--verify", "test -f readme.txt && sleep 0.3"] : Array.Empty<string>(), "--json"];
        List<string[]> commands = Chance(2)
            ? [["workers", "merge", "--all", .. how]]
            : [.. workers.Chunk(2).Select(some => (string[])["workers", "merge", .. some, .. how])];
        commands.AddRange(workers.Where(_ => Chance(3)).Select(worker => (string[])["workers", "close", worker]));
        foreach (var end in await KilledAsync(commands, 2500, cancellationToken))
        {
            if (end.Stdout.StartsWith('['))
            {
                _merged.AddRange(JsonNode.Parse(end.Stdout)!.AsArray().Where(each => each!["status"]!.GetValue<string>() == "merged").Select(each => each!["commit"]!.GetValue<string>()));
            }
        }
    }

    private async Task CleanUpAsync(IReadOnlyList<string> workers, CancellationToken cancellationToken)
    {
        Enter("close");
        await KilledAsync([["workers", "close-all"], .. Chance(3) ? [["worktrees", "prune"]] : Array.Empty<string[]>()], 800, cancellationToken);
        Enter("discard");
        await home.RunAsync(["workers", "close-all"], cancellationToken);
        string[] there = [.. workers.Where(worker => place.Folder.Find(worker) is not null)];
        if (there.Length > 0)
        {
            var ends = await KilledAsync([.. there.Chunk(2).Select(some => (string[])["workers", "discard", .. some, "--json"]), ["worktrees", "prune"]], 1500, cancellationToken);
            NoteTrashed(ends.Select(end => end.Stdout));
        }
    }

    /// <summary>After the daemon has started again and swept: nothing half done, and the user's own as it was.</summary>
    private async Task CheckQuietAsync(CancellationToken cancellationToken)
    {
        Enter("the sweep");
        await ListAsync(cancellationToken);
        if (!await Remains.UntilAsync(() => repository.Leftovers().Count == 0, Patience, cancellationToken))
        {
            Fault($"left behind: {string.Join(" | ", repository.Leftovers())}");
        }

        Faults(await repository.FaultsAsync(_merged, cancellationToken));
        await repository.UpdateSubmoduleAsync(cancellationToken);
    }

    /// <summary>Discards what is there still, and has one thing back out of the trash to compare its bytes, at their places.</summary>
    private async Task RestoreAsync(CancellationToken cancellationToken)
    {
        Enter("restore");
        foreach (var workspace in place.Folder.All())
        {
            await DiscardAsync(workspace.Id, cancellationToken);
        }

        var entries = (await home.JsonOfAsync(["workers", "trash", "list", "--json"], cancellationToken)).AsArray().ToDictionary(entry => entry!["trash_id"]!.GetValue<string>(), entry => entry!["worker_id"]!.GetValue<string>());
        Faults(_trashed.Where(id => !entries.ContainsKey(id)).Select(id => $"{id} was told to be in the trash, and is not"));
        if (_trashed.Count == 0)
        {
            return;
        }

        string chosen = _trashed.Order(StringComparer.Ordinal).ElementAt(_random.Next(_trashed.Count));
        var restored = await home.RunAsync(["workers", "trash", "restore", chosen, "--json"], cancellationToken);
        if (restored.ExitCode != 0)
        {
            Fault($"{chosen} could not be restored: {restored.Stderr}");
            return;
        }

        Restored++;
        var lines = await ScribeJournal.ReadAsync(place.Journal, cancellationToken);
        Faults(ScribeJournal.UnlikeDisk(lines, place.Folder.PathOf(entries[chosen])).Select(fault => $"restored from {chosen}: {fault}"));
        await DiscardAsync(entries[chosen], cancellationToken);
    }

    private async Task CheckGoneAsync(CancellationToken cancellationToken)
    {
        Faults((await repository.WorkspacesLeftAsync(cancellationToken)).Select(left => $"left behind after all was discarded: {left}"));
        if (home.Mark is { } mark && !await Remains.UntilAsync(() => Remains.Processes(mark).Count == 0 && Remains.Cgroups(mark) == 0, Patience, cancellationToken))
        {
            Fault($"processes are left: {string.Join(" | ", Remains.Processes(mark))}, and {Remains.Cgroups(mark)} cgroups");
        }

        if (home.DaemonPid is { } daemon && Remains.Zombies(daemon) is { Count: > 0 } zombies)
        {
            Fault($"zombies of the daemon: {string.Join(" | ", zombies)}");
        }
    }

    private async Task DiscardAsync(string id, CancellationToken cancellationToken)
    {
        var (exit, stdout, stderr) = await home.RunAsync(["workers", "discard", id, "--json"], cancellationToken);
        NoteTrashed([stdout]);
        if (exit != 0)
        {
            Fault($"{id} could not be discarded: {stderr}");
        }
    }

    private void NoteTrashed(IEnumerable<string> answers) => _trashed.UnionWith(
        answers.Where(text => text.StartsWith('[')).SelectMany(text => JsonNode.Parse(text)!.AsArray()).Select(each => each!["trash_id"]?.GetValue<string>()).OfType<string>());

    private async Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken) =>
        [.. (await home.JsonOfAsync(["workers", "list", "--json"], cancellationToken)).AsArray().Select(worker => worker!["worker_id"]!.GetValue<string>())];

    /// <summary>Runs commands at once, with a crash among them or not, to their ends.</summary>
    private async Task<IReadOnlyList<(int ExitCode, string Stdout, string Stderr)>> KilledAsync(IReadOnlyList<string[]> commands, int milliseconds, CancellationToken cancellationToken)
    {
        int before = Kills;
        var running = commands.Select(command => home.RunAsync(command, cancellationToken)).ToList();
        await CrashAsync(milliseconds, cancellationToken);
        var ends = await Task.WhenAll(running);
        if (Kills == before)
        {
            Refusals.AddRange(ends.Zip(commands).Where(pair => pair.First.ExitCode is not (0 or NotMerged)).Select(pair => $"{string.Join(' ', pair.Second)}: {pair.First.Stderr.Trim()}"));
        }

        return ends;
    }

    /// <summary>In three of four phases the daemon falls; and then again, in its first walk or its sweep.</summary>
    private async Task CrashAsync(int milliseconds, CancellationToken cancellationToken)
    {
        if (Chance(4))
        {
            return;
        }

        await Task.Delay(_random.Next(milliseconds), cancellationToken);
        Kill();
        for (int again = Chance(3) ? 1 + _random.Next(2) : 0; again > 0; again--)
        {
            var starting = home.RunAsync(["workers", "list", "--json"], cancellationToken);
            await Task.Delay(_random.Next(50, 2000), cancellationToken);
            Kill();
            await starting;
        }
    }

    private void Kill()
    {
        if (home.DaemonPid is { } pid && Remains.Kill(pid, home.Data))
        {
            Kills++;
        }
    }

    private void Enter(string phase)
    {
        _times.Add($"{_phase} {TimeProvider.System.GetElapsedTime(_entered).TotalSeconds:0.0}");
        _entered = TimeProvider.System.GetTimestamp();
        _phase = phase;
    }

    private void Fault(string text) => _faults.Add($"round {number} (seed {seed}), {_phase}: {text}");

    private void Faults(IEnumerable<string> texts) => texts.ToList().ForEach(Fault);

    private bool Chance(int of) => _random.Next(of) == 0;
}
