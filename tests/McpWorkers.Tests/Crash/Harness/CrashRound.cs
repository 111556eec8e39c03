using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;

namespace McpWorkers.Tests.Crash;

/// <summary>What is killed in a round.</summary>
internal enum CrashVictim
{
    /// <summary>The daemon alone.</summary>
    Daemon,

    /// <summary>The relay of an MCP host, with its calls open.</summary>
    Client,

    /// <summary>The daemon, while an MCP host waits for its answers over a relay, which must get them all the same.</summary>
    DaemonUnderRelay,

    /// <summary>The daemon, and then several commands at once start it again.</summary>
    DaemonThenMany,

    /// <summary>Everything of the data directory, as at the end of the machine.</summary>
    Everything,
}

/// <summary>One round: workers are spawned, prompts given to them, somebody is killed, and whatever was acknowledged must come out right.</summary>
internal sealed class CrashRound(CrashHome home, CrashVictim victim, int number, int seed)
{
    private const int Workers = 10;
    private static readonly TimeSpan ProcessPatience = TimeSpan.FromSeconds(20);

    private readonly Random _random = new(seed);
    private readonly List<string> _faults = [];
    private readonly ConcurrentDictionary<string, CrashPrompt> _acknowledged = new();
    private readonly Dictionary<string, CrashPrompt> _asked = [];

    private string RunsPath => Path.Combine(home.Data, "runs");

    /// <summary>Runs that were acknowledged, by id.</summary>
    public IReadOnlyCollection<string> Acknowledged => [.. _acknowledged.Keys];

    public int Kills { get; private set; }

    /// <summary>What went wrong; empty is good.</summary>
    public async Task<IReadOnlyList<string>> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            var workers = (await home.JsonOfAsync(["workers", "spawn", "-t", "simulated", "-n", $"{Workers}", "--json"], cancellationToken))
                .AsArray().Select(id => id!.GetValue<string>()).ToList();
            foreach (string worker in workers)
            {
                _asked[worker] = CrashPrompt.Next(_random, $"answer-{number}-{worker}");
            }

            if (victim is CrashVictim.Client or CrashVictim.DaemonUnderRelay)
            {
                await OverRelayAsync(workers, cancellationToken);
            }
            else
            {
                await OverSocketAsync(workers, cancellationToken);
            }

            await CheckResultsAsync(workers, cancellationToken);
            await CheckRemainsAsync(cancellationToken);
            await home.RunAsync(["workers", "close-all"], cancellationToken);
        }
        catch (Exception e) when (e is CrashFault or IOException or InvalidOperationException or NullReferenceException or System.Text.Json.JsonException)
        {
            _faults.Add($"{e.GetType().Name}: {e.Message}");
        }

        return [.. _faults.Select(fault => $"round {number} ({victim}, seed {seed}): {fault}")];
    }

    private async Task OverSocketAsync(List<string> workers, CancellationToken cancellationToken)
    {
        var known = KnownRuns();
        await using (var client = await McpLines.ToSocketAsync(home, cancellationToken))
        {
            var submitting = workers.Select(worker => SubmitAsync(client, worker, wait: false, cancellationToken)).ToList();
            await CrashAsync(known, cancellationToken);
            await Task.WhenAll(submitting);
        }

        // Whoever comes next starts it again, and it may fall again at once: also in its first walk over the runs.
        for (int again = _random.Next(3); again > 0; again--)
        {
            var starting = home.RunAsync(["workers", "list", "--json"], cancellationToken);
            await Task.Delay(_random.Next(50, 900), cancellationToken);
            Kill();
            await starting;
        }

        if (victim == CrashVictim.DaemonThenMany)
        {
            var ends = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => home.RunAsync(["workers", "list", "--json"], cancellationToken)));
            _faults.AddRange(ends.Where(end => end.ExitCode != 0).Select(end => $"one of several commands at once ended with {end.ExitCode}: {end.Stderr}"));
            if (Daemons() is { Count: not 1 } daemons)
            {
                _faults.Add($"{daemons.Count} daemons after several commands at once: {string.Join(" | ", daemons)}");
            }
        }
    }

    private async Task OverRelayAsync(List<string> workers, CancellationToken cancellationToken)
    {
        var known = KnownRuns();
        using var relay = home.Start("mcp");
        var complaints = relay.StandardError.ReadToEndAsync(cancellationToken);
        await using var client = await McpLines.ToRelayAsync(relay, cancellationToken);
        var waiting = workers.Skip(Workers / 2).Select(worker => SubmitAsync(client, worker, wait: true, cancellationToken)).ToList();
        var submitting = workers.Take(Workers / 2).Select(worker => SubmitAsync(client, worker, wait: false, cancellationToken)).ToList();
        if (victim == CrashVictim.Client)
        {
            await CrashMoments.UntilAsync(Moment(), _random.Next(1, Workers), After(), RunsPath, known, cancellationToken);
            relay.Kill();
            Kills++;
        }
        else
        {
            await CrashAsync(known, cancellationToken);
        }

        await Task.WhenAll([.. submitting, .. waiting]);
        if (victim == CrashVictim.DaemonUnderRelay)
        {
            relay.StandardInput.Close();
            if (!await Remains.UntilAsync(() => relay.HasExited, ProcessPatience, cancellationToken))
            {
                _faults.Add("the relay did not end with its input");
                relay.Kill();
            }
        }

        await relay.WaitForExitAsync(cancellationToken);
        await complaints;
    }

    private async Task SubmitAsync(McpLines client, string worker, bool wait, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await client.CallAsync("worker_execute", new() { ["worker_id"] = worker, ["prompt"] = _asked[worker].Text, ["wait"] = wait }, cancellationToken);
            _acknowledged[answer["metadata"]!["run_id"]!.GetValue<string>()] = _asked[worker];
            if (wait && victim != CrashVictim.Everything)
            {
                Compare(answer, _asked[worker], "the answer over the relay");
            }
        }
        catch (IOException)
        {
            // The connection fell before the answer: nothing was acknowledged. It may have been accepted all the same.
        }
        catch (CrashFault e) when (victim == CrashVictim.DaemonUnderRelay)
        {
            // The relay answers for a daemon that is gone, and says what it knows to go on; the run itself is looked at below.
            Unanswered++;
            LastUnanswered = e.Message;
        }
    }

    /// <summary>Calls over a relay that ended in an error, since the daemon went away before its answer.</summary>
    public int Unanswered { get; private set; }

    public string? LastUnanswered { get; private set; }

    private async Task CrashAsync(HashSet<string> known, CancellationToken cancellationToken)
    {
        await CrashMoments.UntilAsync(Moment(), _random.Next(1, Workers + 1), After(), RunsPath, known, cancellationToken);
        Kill();
        if (victim == CrashVictim.Everything && home.Mark is { } mark)
        {
            Remains.KillAll(mark);
        }
    }

    private void Kill()
    {
        // By the data directory in its command line: an id alone may be another's by now.
        if (home.DaemonPid is { } pid && Remains.Kill(pid, home.Data))
        {
            Kills++;
        }
    }

    private CrashMoment Moment() => (CrashMoment)_random.Next(5);

    private TimeSpan After() => TimeSpan.FromMilliseconds(_random.Next(4) == 0 ? _random.Next(2500) : _random.Next(12));

    private async Task CheckResultsAsync(List<string> workers, CancellationToken cancellationToken)
    {
        var listed = (await home.JsonOfAsync(["workers", "list", "--json"], cancellationToken)).AsArray().Select(worker => worker!["worker_id"]!.GetValue<string>()).ToHashSet();
        _faults.AddRange(workers.Where(worker => !listed.Contains(worker)).Select(worker => $"{worker} was spawned and is gone"));
        var collected = (await home.JsonOfAsync(["workers", "collect", .. workers, "--wait", "--json"], cancellationToken)).AsObject();
        var runs = collected.Where(pair => pair.Value?["metadata"]?["run_id"] is not null).ToDictionary(pair => pair.Value!["metadata"]!["run_id"]!.GetValue<string>(), pair => pair);
        foreach (var (run, prompt) in _acknowledged)
        {
            if (!runs.TryGetValue(run, out var found))
            {
                _faults.Add($"{run} was acknowledged and has no result; asked was {prompt.Text}");
            }
        }

        foreach (var (worker, result) in runs.Values)
        {
            Compare(result!, _asked[worker], _acknowledged.ContainsKey(result!["metadata"]!["run_id"]!.GetValue<string>()) ? "an acknowledged run" : "a run");
        }
    }

    private void Compare(JsonNode result, CrashPrompt expected, string what)
    {
        string status = result["status"]!.GetValue<string>();
        string output = result["output"]?.GetValue<string>() ?? "";
        int? exit = result["exit_code"]?.GetValue<int>();
        string? outcome = result["metadata"]?["outcome"]?.GetValue<string>();
        if (victim == CrashVictim.Everything && status == "failed" && (outcome is "lost" or "truncated" || exit is 137 or 143))
        {
            // It died with the machine. What it had written until then is kept, and nothing else.
            if (output.Length > 0 && !result["metadata"]!["run_directory"]!.GetValue<string>().Contains("run_", StringComparison.Ordinal))
            {
                _faults.Add($"{what} was lost and its directory is not named");
            }

            return;
        }

        // A tool's answer holds the beginning of a long output.
        bool whole = result["metadata"]?["output_truncated"]?.GetValue<bool>() != true;
        if (status != expected.Status || exit != expected.ExitCode || (whole ? output != expected.Output : !expected.Output.StartsWith(output, StringComparison.Ordinal)))
        {
            _faults.Add($"{what}, {result["metadata"]?["run_id"]}: {status} {outcome}, exit {exit}, {output.Length} characters '{Shown(output)}', error '{result["error"]}'; "
                + $"expected {expected.Status}, exit {expected.ExitCode}, {expected.Output.Length} characters; asked was {expected.Text}");
        }
    }

    private async Task CheckRemainsAsync(CancellationToken cancellationToken)
    {
        string mark = home.Mark!;

        // All are settled, so nothing may be left at all; the one look at the table that the walk needs is the only patience.
        if (Remains.Processes(mark) is { Count: > 0 } left)
        {
            _faults.Add($"processes are left: {string.Join(" | ", left)}");
            await Remains.UntilAsync(() => Remains.Processes(mark).Count == 0, ProcessPatience, cancellationToken);
        }

        if (!await Remains.UntilAsync(() => Remains.Cgroups(mark) == 0, ProcessPatience, cancellationToken))
        {
            _faults.Add($"{Remains.Cgroups(mark)} cgroups are left");
        }

        if (home.DaemonPid is { } daemon && Remains.Zombies(daemon) is { Count: > 0 } zombies)
        {
            _faults.Add($"zombies of the daemon: {string.Join(" | ", zombies)}");
        }
    }

    private HashSet<string> KnownRuns() => Directory.Exists(RunsPath) ? [.. Directory.EnumerateDirectories(RunsPath).Select(path => Path.GetFileName(path))] : [];

    private List<string> Daemons() =>
        [.. Process.GetProcessesByName("mcpworkers").Select(process => process.Id).Where(pid => Remains.CommandOf(pid) is var command
            && command.Contains(home.Data, StringComparison.Ordinal) && (command.Contains(" daemon", StringComparison.Ordinal) || command.Contains(" serve", StringComparison.Ordinal)))
            .Select(pid => $"{pid} {Remains.CommandOf(pid)}")];

    private static string Shown(string text) => text.Length > 60 ? text[..60] + "…" : text;
}
