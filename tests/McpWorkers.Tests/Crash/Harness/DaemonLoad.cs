using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;

namespace McpWorkers.Tests.Crash;

/// <summary>
/// A daemon with that many live workers that say twenty things a second each, their calls open over one
/// connection with progress: how late what an agent has written comes to the client, and what the daemon takes for it over time.
/// </summary>
internal static class DaemonLoad
{
    private const double PauseSeconds = 0.05;

    /// <summary>In one command.</summary>
    private const int SpawnMax = 50;

    // The first seconds are those of a hundred programs starting on few cores.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(10);

    public static async Task<LoadFigures> RunAsync(string product, string script, int workers, int seconds, Action<string> tell, CancellationToken cancellationToken)
    {
        using var home = new CrashHome(product, workers);
        home.WriteWorkerTypes(new JsonObject
        {
            ["name"] = "ticker",
            ["agent"] = "simulated",
            ["command_template"] = new JsonArray("/usr/bin/perl", script, Text((int)(seconds / PauseSeconds)), Text(PauseSeconds)),
        });
        var ids = new List<string>();
        while (ids.Count < workers)
        {
            string count = Text(Math.Min(SpawnMax, workers - ids.Count));
            ids.AddRange((await home.JsonOfAsync(["workers", "spawn", "-t", "ticker", "-n", count, "--json"], cancellationToken)).AsArray().Select(id => id!.GetValue<string>()));
        }

        try
        {
            await using var client = await McpLines.ToSocketAsync(home, cancellationToken);
            long begun = Stopwatch.GetTimestamp();
            var shown = new Ticks();
            var each = new Ticks();
            var last = new ConcurrentDictionary<long, int>();
            client.Progress = (token, message) => Take(token, message, Stopwatch.GetElapsedTime(begun) > Settling, last, shown, each);
            using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var sampling = DaemonSamples.TakeAsync(home.DaemonPid!.Value, tell, over.Token);
            var results = await Task.WhenAll(ids.Select((id, index) => client.CallAsync(
                "worker_execute",
                new() { ["worker_id"] = id, ["prompt"] = "tick", ["timeout"] = Math.Clamp(seconds * 2, 60, 3600) },
                cancellationToken,
                progress: index + 1)));
            await over.CancelAsync();
            var samples = await sampling;
            int good = results.Count(result => result["status"]!.GetValue<string>() == "completed" && result["output"]!.GetValue<string>() == $"{(int)(seconds / PauseSeconds)} ticks");
            var figures = new LoadFigures(workers, good, shown, each, samples);
            tell(figures.Describe());
            return figures;
        }
        finally
        {
            await home.RunAsync(["daemon", "stop", "--force"], CancellationToken.None);
        }
    }

    private static void Take(long token, string message, bool counts, ConcurrentDictionary<long, int> last, Ticks shown, Ticks each)
    {
        if (Ticks.Find(message) is not var (number, written) || last.GetValueOrDefault(token) is var before && number <= before)
        {
            return;
        }

        double late = (Ticks.Now - written) * 1000;
        last[token] = number;
        if (!counts)
        {
            return;
        }

        // A notification shows the latest tick; those since the one before are told by it too, later by what lay between them.
        shown.Add(late);
        for (int tick = before + 1; tick <= number; tick++)
        {
            each.Add(late + ((number - tick) * PauseSeconds * 1000));
        }
    }

    private static string Text(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);
}

/// <param name="Good">Runs with their right result.</param>
/// <param name="Shown">Lateness of what the notifications show.</param>
/// <param name="Each">Lateness of every line, until a notification shows it or a later one.</param>
internal sealed record LoadFigures(int Workers, int Good, Ticks Shown, Ticks Each, DaemonSamples Samples)
{
    public string Describe() => $"""
        {Workers} workers, {Good} of them with their right result.
        Write to progress, what a notification shows: {Shown.Describe()}
        Write to progress, every line until shown or overtaken: {Each.Describe()}
        {Samples.Describe()}
        """;
}
