using McpWorkers.Engine.Storage;

namespace McpWorkers.Engine.Workers.Hosting;

/// <summary>In which order a host takes up what an earlier one left. Pure.</summary>
internal static class RestoreOrder
{
    /// <summary>
    /// As they were accepted, but what goes on after an answer comes right behind the run that it goes on with, and so before the prompts that were given
    /// to its worker meanwhile. Which worker's turn it is stays as it was.
    /// </summary>
    /// <param name="unsettled">In order of acceptance.</param>
    public static IReadOnlyList<StoredRun> Of(IReadOnlyList<StoredRun> unsettled)
    {
        var lines = unsettled.GroupBy(run => run.WorkerId).ToDictionary(runs => runs.Key, runs => new Queue<StoredRun>(Line([.. runs])));
        return [.. unsettled.Select(run => lines[run.WorkerId].Dequeue())];
    }

    private static List<StoredRun> Line(List<StoredRun> runs)
    {
        var ids = runs.Select(run => run.RunId).ToHashSet();
        var after = runs.Where(run => run.Continues is not null).ToLookup(run => run.Continues!);
        List<StoredRun> line = [];

        // What one goes on with that is over was before all that waits.
        foreach (var head in runs.Where(run => run.Continues is null || !ids.Contains(run.Continues)).OrderBy(run => run.Continues is null))
        {
            Add(head);
        }

        // A ring can only be made by hand.
        return line.Count == runs.Count ? line : runs;

        void Add(StoredRun run)
        {
            line.Add(run);
            foreach (var next in after[run.RunId])
            {
                Add(next);
            }
        }
    }
}
