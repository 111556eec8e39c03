namespace McpWorkers.Tests.Crash;

/// <summary>When a crash comes: at a moment in the life of the runs, or after a time.</summary>
internal enum CrashMoment
{
    AfterTime,
    Launching,
    Launched,
    FirstOutput,
    Exited,
}

internal static class CrashMoments
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    /// <summary>Waits until the moment has come for that many run directories that were not there before, or for a bounded time.</summary>
    /// <param name="known">Names of the run directories from before.</param>
    public static async Task UntilAsync(CrashMoment moment, int runs, TimeSpan after, string runsPath, IReadOnlySet<string> known, CancellationToken cancellationToken)
    {
        if (moment != CrashMoment.AfterTime)
        {
            long begun = TimeProvider.System.GetTimestamp();
            while (Fresh(runsPath, known).Count(run => Has(run, moment)) < runs && TimeProvider.System.GetElapsedTime(begun) < Patience)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(1), cancellationToken);
            }
        }

        // From nothing to a few milliseconds: what follows the moment is as good a place for a crash.
        await Task.Delay(after, cancellationToken);
    }

    public static IEnumerable<string> Fresh(string runsPath, IReadOnlySet<string> known) =>
        Directory.Exists(runsPath) ? Directory.EnumerateDirectories(runsPath).Where(run => !known.Contains(Path.GetFileName(run))) : [];

    private static bool Has(string run, CrashMoment moment)
    {
        try
        {
            return moment switch
            {
                CrashMoment.Launching => File.Exists(Path.Combine(run, "launch.json")),
                CrashMoment.Launched => File.Exists(Path.Combine(run, "pid")),
                CrashMoment.FirstOutput => new FileInfo(Path.Combine(run, "stdout.ndjson")) is { Exists: true, Length: > 0 },
                CrashMoment.Exited => File.Exists(Path.Combine(run, "exit")) && !File.ReadAllText(Path.Combine(run, "exit")).StartsWith("running", StringComparison.Ordinal),
                _ => throw new ArgumentOutOfRangeException(nameof(moment), moment, null),
            };
        }
        catch (IOException)
        {
            return false;
        }
    }
}
