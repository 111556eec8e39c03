using McpWorkers.Engine.Workspaces;

namespace McpWorkers.Tests.Crash;

/// <summary>The proof that nothing in a worktree is lost, at the product itself: rounds over one data directory and one repository.</summary>
/// <param name="workers">In each round; even.</param>
internal sealed class ScribeRounds(string product, int workers, int seed, Action<string> tell)
{
    private const int WorkersMax = 12;

    /// <returns>What was lost, or went wrong; empty where all is well.</returns>
    public async Task<IReadOnlyList<string>> RunAsync(int rounds, CancellationToken cancellationToken)
    {
        var home = new CrashHome(product, WorkersMax);
        var place = new WorktreePlace(LinkedPath.Resolve(home.Root));
        var repository = new ScribeRepository(place);
        await repository.MakeAsync();
        home.Set("HOME", place.Environment["HOME"]);
        home.Set("GIT_CONFIG_NOSYSTEM", "1");
        home.WriteWorkerTypes(ScribeAgent.TypeIn(home.Root, place.Journal));
        var faults = new List<string>();
        var acknowledged = new Dictionary<string, int>();
        int done = 0, kills = 0, restored = 0, merged = 0;
        long begun = TimeProvider.System.GetTimestamp();
        for (; done < rounds && faults.Count == 0; done++)
        {
            int number = done;
            var round = new ScribeRound(home, place, repository, workers, number, seed + number);
            var found = await round.RunAsync(cancellationToken);
            foreach (string run in round.Acknowledged)
            {
                acknowledged[run] = number;
            }

            kills += round.Kills;
            restored += round.Restored;
            merged += round.Merged;
            faults.AddRange(found);
            tell($"round {number + 1}/{rounds} seed {seed + number}: {round.Acknowledged.Count} runs, {round.Kills} kills, {round.Merged} merged, {round.Restored} restored, "
                + $"{(found.Count == 0 ? "good" : $"{found.Count} faults")}, {TimeProvider.System.GetElapsedTime(begun).TotalSeconds:0} s");
            foreach (string line in round.Remarks.Concat(found))
            {
                tell("  " + line);
            }
        }

        faults.AddRange(await CrashRounds.CheckEndAsync(home, acknowledged, cancellationToken));
        int written = (await ScribeJournal.ReadAsync(place.Journal, cancellationToken)).Count;
        tell($"{done} of {rounds} rounds, first seed {seed}: {acknowledged.Count} runs acknowledged, {kills} kills, {merged} merges, {written} files written, "
            + $"{restored} workspaces restored and compared, {faults.Count} faults, {TimeProvider.System.GetElapsedTime(begun).TotalSeconds:0} s");
        if (faults.Count == 0)
        {
            home.Dispose();
        }
        else
        {
            tell($"What there is of it is left at {home.Root}.");
        }

        return faults;
    }
}
