namespace McpWorkers.Tests.Crash;

/// <summary>The clients of a round, and who kills their daemon.</summary>
internal sealed class ScribeCommands(CrashHome home, Random random)
{
    private const int NotMerged = 4;

    /// <summary>In the first walk and the first sweep of the next daemon, in milliseconds after a command began to start it.</summary>
    private const int NextLifeMax = 2000;

    public int Kills { get; private set; }

    /// <summary>Commands that were refused although nobody was killed, for people to look at.</summary>
    public List<string> Refusals { get; } = [];

    public bool Chance(int of) => random.Next(of) == 0;

    public async Task<IReadOnlyList<string>> WorkersAsync(CancellationToken cancellationToken) =>
        [.. (await home.JsonOfAsync(["workers", "list", "--json"], cancellationToken)).AsArray().Select(worker => worker!["worker_id"]!.GetValue<string>())];

    /// <summary>Runs commands at once, with a crash among them or not, to their ends.</summary>
    /// <param name="milliseconds">Until when the crash comes, at the latest.</param>
    public async Task<IReadOnlyList<(int ExitCode, string Stdout, string Stderr)>> KilledAsync(
        IReadOnlyList<string[]> commands, int milliseconds, CancellationToken cancellationToken)
    {
        int before = Kills;
        var running = commands.Select(command => home.RunAsync(command, cancellationToken)).ToList();
        await CrashAsync(milliseconds, cancellationToken);
        var ends = await Task.WhenAll(running);
        if (Kills == before)
        {
            Refusals.AddRange(ends.Zip(commands).Where(pair => pair.First.ExitCode is not (0 or NotMerged))
                .Select(pair => $"{string.Join(' ', pair.Second)}: {pair.First.Stderr.Trim()}"));
        }

        return ends;
    }

    /// <summary>In every second phase the daemon falls; and sometimes again, in its first walk or its sweep.</summary>
    public async Task CrashAsync(int milliseconds, CancellationToken cancellationToken)
    {
        if (Chance(2))
        {
            return;
        }

        await Task.Delay(random.Next(milliseconds), cancellationToken);
        Kill();
        if (Chance(3))
        {
            var starting = home.RunAsync(["workers", "list", "--json"], cancellationToken);
            await Task.Delay(random.Next(50, NextLifeMax), cancellationToken);
            Kill();
            await starting;
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
}
