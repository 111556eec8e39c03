using System.Text.Json.Nodes;

namespace McpWorkers.Tests.Crash;

/// <summary>What a round throws away, and whether it comes back as it was.</summary>
internal sealed class ScribeTrash(CrashHome home, WorktreePlace place, Random random, ScribeFaults faults)
{
    private readonly HashSet<string> _told = [];

    public int Restored { get; private set; }

    /// <param name="answers">Of <c>workers discard --json</c>; others are passed over.</param>
    public void Note(IEnumerable<string> answers) => _told.UnionWith(
        answers.Where(text => text.StartsWith('[')).SelectMany(text => JsonNode.Parse(text)!.AsArray()).Select(each => each!["trash_id"]?.GetValue<string>()).OfType<string>());

    public async Task DiscardAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        if (ids.Count == 0)
        {
            return;
        }

        var (exit, stdout, stderr) = await home.RunAsync(["workers", "discard", .. ids, "--json"], cancellationToken);
        Note([stdout]);
        if (exit != 0)
        {
            faults.Add($"{string.Join(' ', ids)} could not be discarded: {stderr}");
        }
    }

    /// <summary>Has one thing back out of the trash, to compare its bytes at their places, and discards it again.</summary>
    public async Task RestoreOneAsync(CancellationToken cancellationToken)
    {
        var listed = (await home.JsonOfAsync(["workers", "trash", "list", "--json"], cancellationToken)).AsArray();
        var entries = listed.ToDictionary(entry => entry!["trash_id"]!.GetValue<string>(), entry => entry!["worker_id"]!.GetValue<string>());
        faults.AddRange(_told.Where(id => !entries.ContainsKey(id)).Select(id => $"{id} was told to be in the trash, and is not"));
        if (_told.Count == 0)
        {
            return;
        }

        string chosen = _told.Order(StringComparer.Ordinal).ElementAt(random.Next(_told.Count));
        var (exit, _, stderr) = await home.RunAsync(["workers", "trash", "restore", chosen, "--json"], cancellationToken);
        if (exit != 0)
        {
            faults.Add($"{chosen} could not be restored: {stderr}");
            return;
        }

        Restored++;
        var lines = await ScribeJournal.ReadAsync(place.Journal, cancellationToken);
        faults.AddRange(ScribeJournal.UnlikeDisk(lines, place.Folder.PathOf(entries[chosen])).Select(fault => $"restored from {chosen}: {fault}"));
        await DiscardAsync([entries[chosen]], cancellationToken);
    }
}
