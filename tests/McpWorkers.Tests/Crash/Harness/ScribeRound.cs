using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Workspaces;

namespace McpWorkers.Tests.Crash;

/// <summary>
/// One round: workers in worktrees are spawned, write, are merged, closed and discarded, and the daemon is killed in each of these phases, or not. Then all that was
/// written must be somewhere, and nothing half done may be left.
/// </summary>
internal sealed class ScribeRound
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly CrashHome _home;
    private readonly WorktreePlace _place;
    private readonly ScribeRepository _repository;
    private readonly ScribeCommands _commands;
    private readonly ScribeFaults _faults;
    private readonly ScribeTrash _trash;
    private readonly Random _random;
    private readonly int _workers;
    private readonly List<string> _merged = [];
    private readonly List<string> _acknowledged = [];

    /// <param name="workers">How many are spawned; even, since each step is taken by two clients at once.</param>
    public ScribeRound(CrashHome home, WorktreePlace place, ScribeRepository repository, int workers, int number, int seed)
    {
        (_home, _place, _repository, _workers, _random) = (home, place, repository, workers, new(seed));
        _commands = new(home, _random);
        _faults = new(number, seed);
        _trash = new(home, place, _random, _faults);
    }

    /// <summary>Runs that were acknowledged, by id.</summary>
    public IReadOnlyCollection<string> Acknowledged => _acknowledged;

    public int Kills => _commands.Kills;

    public int Restored => _trash.Restored;

    public int Merged => _merged.Count;

    /// <summary>For people: how long the phases took, and what was refused although nobody was killed.</summary>
    public IEnumerable<string> Remarks => _commands.Refusals.Prepend(_faults.Times);

    /// <summary>What went wrong; empty is good.</summary>
    public async Task<IReadOnlyList<string>> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            var workers = await CreateAsync(cancellationToken);
            await RunAgentsAsync(workers, cancellationToken);
            await RunAgentsAsync([.. workers.Where(_ => _commands.Chance(2))], cancellationToken);
            await MergeAsync(workers, cancellationToken);
            await CleanUpAsync(workers, cancellationToken);
            await CheckQuietAsync(cancellationToken);
            await CheckGoneAsync(cancellationToken);
            await CheckKeptAsync(cancellationToken);
        }
        catch (Exception e) when (e is CrashFault or IOException or InvalidOperationException or NullReferenceException or JsonException)
        {
            _faults.Add($"{e.GetType().Name}: {e.Message}");
        }

        _faults.Enter("");
        return _faults.All;
    }

    private async Task<IReadOnlyList<string>> CreateAsync(CancellationToken cancellationToken)
    {
        _faults.Enter("create");
        string[] spawn = ["workers", "spawn", "-t", ScribeAgent.Type, "--cwd", _place.Repository, "--workspace", "worktree", "--json", "-n"];
        var ends = await _commands.KilledAsync([[.. spawn, $"{_workers / 2}"], [.. spawn, $"{_workers / 2}", "--verify", "test -f readme.txt && sleep 0.2"]], 1500, cancellationToken);
        var told = ends.Where(end => end.ExitCode == 0).SelectMany(end => JsonNode.Parse(end.Stdout)!.AsArray()).Select(id => id!.GetValue<string>()).ToList();
        var listed = await _commands.WorkersAsync(cancellationToken);
        _faults.AddRange(told.Except(listed).Select(worker => $"{worker} was spawned and is gone"));
        if (listed.Count < _workers)
        {
            await _home.JsonOfAsync([.. spawn, $"{_workers - listed.Count}"], cancellationToken);
            listed = await _commands.WorkersAsync(cancellationToken);
        }

        _faults.AddRange(listed.Where(worker => _place.Folder.Find(worker) is not { State: WorkspaceState.Ready }).Select(worker => $"{worker} has no workspace"));
        return listed;
    }

    private async Task RunAgentsAsync(IReadOnlyList<string> workers, CancellationToken cancellationToken)
    {
        _faults.Enter("run");
        if (workers.Count == 0)
        {
            return;
        }

        var asked = new ConcurrentDictionary<string, string>();
        await using (var client = await McpLines.ToSocketAsync(_home, cancellationToken))
        {
            var submitting = workers.Select(worker => SubmitAsync(client, worker, ScribeAgent.NextPrompt(_random), asked, cancellationToken)).ToList();
            await _commands.CrashAsync(2000, cancellationToken);
            await Task.WhenAll(submitting);
        }

        var collected = (await _home.JsonOfAsync(["workers", "collect", .. workers, "--wait", "--json"], cancellationToken)).AsObject();
        var runs = collected.Select(pair => pair.Value).Where(result => result?["metadata"]?["run_id"] is not null)
            .ToDictionary(result => result!["metadata"]!["run_id"]!.GetValue<string>());
        foreach (var (run, prompt) in asked)
        {
            _acknowledged.Add(run);
            var result = runs.GetValueOrDefault(run);
            if (result?["status"]?.GetValue<string>() != "completed")
            {
                _faults.Add($"{run} was acknowledged and is {result?["status"] ?? "gone"}: {result?["error"]} {result?["metadata"]?["evidence"]?["notes"]?.ToJsonString()}; asked was {prompt}");
            }
        }
    }

    private static async Task SubmitAsync(McpLines client, string worker, string prompt, ConcurrentDictionary<string, string> asked, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await client.CallAsync("worker_execute", new() { ["worker_id"] = worker, ["prompt"] = prompt, ["wait"] = false }, cancellationToken);
            asked[answer["metadata"]!["run_id"]!.GetValue<string>()] = prompt;
        }
        catch (IOException)
        {
            // Nothing was acknowledged, though it may have been accepted.
        }
    }

    private async Task MergeAsync(IReadOnlyList<string> workers, CancellationToken cancellationToken)
    {
        _faults.Enter("merge");
        string[] squash = _commands.Chance(3) ? ["--squash"] : [];
        string[] verify = _commands.Chance(2) ? ["--verify", "test -f readme.txt && sleep 0.3"] : [];
        List<string[]> commands = _commands.Chance(2)
            ? [["workers", "merge", "--all", .. squash, .. verify, "--json"]]
            : [.. workers.Chunk(_workers / 2).Select(some => (string[])["workers", "merge", .. some, .. squash, .. verify, "--json"])];
        commands.AddRange(workers.Where(_ => _commands.Chance(3)).Select(worker => (string[])["workers", "close", worker]));
        var outcomes = (await _commands.KilledAsync(commands, 2500, cancellationToken)).Where(end => end.Stdout.StartsWith('[')).SelectMany(end => JsonNode.Parse(end.Stdout)!.AsArray());
        _merged.AddRange(outcomes.Where(each => each!["status"]!.GetValue<string>() == "merged").Select(each => each!["commit"]!.GetValue<string>()));
    }

    private async Task CleanUpAsync(IReadOnlyList<string> workers, CancellationToken cancellationToken)
    {
        _faults.Enter("close");
        string[][] prune = [["worktrees", "prune"]];
        await _commands.KilledAsync([["workers", "close-all"], .. _commands.Chance(3) ? prune : []], 800, cancellationToken);
        _faults.Enter("discard");
        await _home.RunAsync(["workers", "close-all"], cancellationToken);
        string[] there = [.. workers.Where(worker => _place.Folder.Find(worker) is not null)];
        if (there.Length > 0)
        {
            var discards = there.Chunk(_workers / 2).Select(some => (string[])["workers", "discard", .. some, "--json"]);
            _trash.Note((await _commands.KilledAsync([.. discards, .. prune], 1500, cancellationToken)).Select(end => end.Stdout));
        }
    }

    /// <summary>After the daemon has started again and swept: nothing half done, and the user's own as it was.</summary>
    private async Task CheckQuietAsync(CancellationToken cancellationToken)
    {
        _faults.Enter("sweep");
        await _commands.WorkersAsync(cancellationToken);
        if (!await Remains.UntilAsync(() => _repository.Leftovers().Count == 0, Patience, cancellationToken))
        {
            _faults.Add($"left behind: {string.Join(" | ", _repository.Leftovers())}");
        }

        _faults.AddRange(await _repository.FaultsAsync(_merged, cancellationToken));
        await _repository.UpdateSubmoduleAsync(cancellationToken);
    }

    private async Task CheckGoneAsync(CancellationToken cancellationToken)
    {
        _faults.Enter("restore");
        await _trash.DiscardAsync([.. _place.Folder.All().Select(workspace => workspace.Id)], cancellationToken);
        await _trash.RestoreOneAsync(cancellationToken);
        _faults.AddRange((await _repository.WorkspacesLeftAsync(cancellationToken)).Select(left => $"left behind after all was discarded: {left}"));
        if (_home.Mark is { } mark && !await Remains.UntilAsync(() => Remains.Processes(mark).Count == 0 && Remains.Cgroups(mark) == 0, Patience, cancellationToken))
        {
            _faults.Add($"processes are left: {string.Join(" | ", Remains.Processes(mark))}, and {Remains.Cgroups(mark)} cgroups");
        }

        if (_home.DaemonPid is { } daemon && Remains.Zombies(daemon) is { Count: > 0 } zombies)
        {
            _faults.Add($"zombies of the daemon: {string.Join(" | ", zombies)}");
        }
    }

    private async Task CheckKeptAsync(CancellationToken cancellationToken)
    {
        _faults.Enter("search");
        var lines = await ScribeJournal.ReadAsync(_place.Journal, cancellationToken);
        var kept = await KeptBytes.FindAsync(_place, cancellationToken);
        _faults.AddRange(ScribeJournal.Lost(lines, kept).Select(line => $"lost: {line.Path} ({line.Deed}), {line.Hash}"));
    }
}
