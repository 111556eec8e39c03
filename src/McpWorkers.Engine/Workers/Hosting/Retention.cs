using McpWorkers.Engine.Storage;

namespace McpWorkers.Engine.Workers.Hosting;

/// <summary>Removes settled runs that are old, or too many for the room they may take. What nobody has fetched stays, unless told otherwise.</summary>
internal sealed class Retention(WorkerHost host)
{
    public async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var settings = host.Settings.Retention;
        var now = host.Time.GetUtcNow();
        var settled = await host.Store.Workers.SettledRunsAsync(cancellationToken);
        var sizes = settled.ToDictionary(run => run.RunId, run => RunDirectories.BytesOf(host.Home.RunPath(run.RunId)));
        var removed = Choose(settled, sizes, now - settings.Age, settings.BytesMax, settings.Uncollected);
        foreach (string runId in removed)
        {
            string directory = host.Home.RunPath(runId);
            if (Directory.Exists(directory))
            {
                Directory.Delete(directory, recursive: true);
            }
        }

        // The directories first: what the store has forgotten would stay on the disk for ever. Closed workers without a run go with it.
        await host.Store.Workers.RemoveAsync(removed);
        await host.Store.Workers.RemoveEventsAsync(now - settings.Age);
        await host.Store.Calls.RemoveAsync(now - settings.Age);
        await host.Store.Requests.RemoveAsync(now - settings.Age);
        await host.Budgets.RemoveAsync(now - settings.Age);
    }

    /// <summary>Which runs go. Pure.</summary>
    /// <param name="settled">The longest settled first.</param>
    /// <param name="bytes">Of each run's directory.</param>
    public static IReadOnlyList<string> Choose(
        IReadOnlyList<RetainedRun> settled, IReadOnlyDictionary<string, long> bytes, DateTimeOffset before, long bytesMax, bool uncollected)
    {
        long total = bytes.Values.Sum();
        var chosen = new List<string>();

        // The last run of an open worker is what collecting it shows.
        foreach (var run in settled.Where(run => (run.Collected || uncollected) && !run.IsLast))
        {
            if (run.Settled < before || total > bytesMax)
            {
                chosen.Add(run.RunId);
                total -= bytes[run.RunId];
            }
        }

        return chosen;
    }
}
