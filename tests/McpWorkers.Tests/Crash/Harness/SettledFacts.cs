using McpWorkers.Engine.Events;
using McpWorkers.Engine.Storage.Sqlite;

namespace McpWorkers.Tests.Crash;

/// <summary>How often each run of a data directory was settled, as its store tells once the daemon is gone.</summary>
internal static class SettledFacts
{
    private const int Page = 10_000;

    public static async Task<IReadOnlyDictionary<string, int>> CountAsync(string data, CancellationToken cancellationToken)
    {
        var counts = new Dictionary<string, int>();
        await using var store = await SqliteStore.OpenAsync(Path.Combine(data, "mcpworkers.db"), TimeProvider.System);
        for (long cursor = 0; ;)
        {
            var page = await store.Workers.EventsAsync(cursor, Page, cancellationToken);
            foreach (var fact in page.Facts.Where(fact => fact.Kind == WorkerEventKind.Settled && fact.RunId is not null))
            {
                counts[fact.RunId!] = counts.GetValueOrDefault(fact.RunId!) + 1;
            }

            if (page.Facts.Count < Page)
            {
                return counts;
            }

            cursor = page.Facts[^1].Number;
        }
    }
}
