namespace McpWorkers.Tests.Crash;

/// <summary>Many rounds over one data directory, and what has to hold over all of them at their end.</summary>
internal sealed class CrashRounds(string product, int seed, Action<string> tell)
{
    private const int WorkersMax = 12;

    /// <summary>What went wrong; empty is good.</summary>
    /// <param name="victims">Taken in turns.</param>
    public async Task<IReadOnlyList<string>> RunAsync(int rounds, IReadOnlyList<CrashVictim> victims, CancellationToken cancellationToken)
    {
        using var home = new CrashHome(product, WorkersMax);
        var faults = new List<string>();
        var acknowledged = new Dictionary<string, int>();
        int kills = 0, unanswered = 0;
        long begun = TimeProvider.System.GetTimestamp();
        for (int number = 0; number < rounds; number++)
        {
            var round = new CrashRound(home, victims[number % victims.Count], number, seed + number);
            var found = await round.RunAsync(cancellationToken);
            foreach (string run in round.Acknowledged)
            {
                acknowledged[run] = number;
            }

            kills += round.Kills;
            unanswered += round.Unanswered;
            faults.AddRange(found);
            tell($"round {number + 1}/{rounds} {victims[number % victims.Count]} seed {seed + number}: {round.Acknowledged.Count} acknowledged, {round.Kills} kills, "
                + $"{(found.Count == 0 ? "good" : $"{found.Count} faults")}, {TimeProvider.System.GetElapsedTime(begun).TotalSeconds:0} s"
                + (round.LastUnanswered is { } last ? $"; {round.Unanswered} unanswered: {last}" : ""));
            foreach (string fault in found)
            {
                tell("  " + fault);
            }
        }

        faults.AddRange(await CheckEndAsync(home, acknowledged, cancellationToken));
        tell($"{rounds} rounds, first seed {seed}: {acknowledged.Count} runs acknowledged, {kills} kills, {unanswered} calls answered by a relay for a daemon that was gone, {faults.Count} faults");
        return faults;
    }

    /// <summary>Stops the daemon and reads what it left: each run settled once, no process.</summary>
    public static async Task<IReadOnlyList<string>> CheckEndAsync(CrashHome home, Dictionary<string, int> acknowledged, CancellationToken cancellationToken)
    {
        var faults = new List<string>();
        int? pid = home.DaemonPid;
        var (exit, _, stderr) = await home.RunAsync(["daemon", "stop", "--force"], cancellationToken);
        if (exit != 0)
        {
            faults.Add($"'daemon stop --force' ended with {exit}: {stderr}");
        }

        if (pid is { } daemon && !await Remains.UntilAsync(() => !Remains.CommandOf(daemon).Contains(home.Data, StringComparison.Ordinal), TimeSpan.FromSeconds(20), cancellationToken))
        {
            faults.Add("the daemon did not end");
            Remains.Kill(daemon, home.Data);
        }

        var settled = await SettledFacts.CountAsync(home.Data, cancellationToken);
        faults.AddRange(settled.Where(pair => pair.Value != 1).Select(pair => $"{pair.Key} was settled {pair.Value} times"));
        faults.AddRange(acknowledged.Where(pair => !settled.ContainsKey(pair.Key)).Select(pair => $"{pair.Key} of round {pair.Value} was acknowledged and never settled"));
        if (home.Mark is { } mark && Remains.Processes(mark) is { Count: > 0 } left)
        {
            faults.Add($"processes are left at the end: {string.Join(" | ", left)}");
        }

        return faults;
    }
}
