using System.Collections.Concurrent;
using McpWorkers.Engine.Workers.Runs;

namespace McpWorkers.Engine.Workers.Hosting;

/// <summary>The runs that are accepted and not settled, by id.</summary>
internal sealed class LiveRuns
{
    private readonly ConcurrentDictionary<string, (Worker Worker, PromptRun Run)> _runs = new();

    public IEnumerable<(Worker Worker, PromptRun Run)> All => _runs.Values;

    public void Add(Worker worker, PromptRun run) => _runs[run.Identity.RunId] = (worker, run);

    public (Worker Worker, PromptRun Run)? Find(string runId) => _runs.TryGetValue(runId, out var found) ? found : null;

    public void Remove(string runId) => _runs.TryRemove(runId, out _);
}
