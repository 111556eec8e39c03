using System.Collections.Concurrent;
using McpWorkers.Engine.Workers.Runs;

namespace McpWorkers.Engine.Workers.Hosting;

/// <summary>The runs that are accepted and not settled, by id.</summary>
internal sealed class LiveRuns
{
    private readonly ConcurrentDictionary<string, (Worker Worker, PromptRun Run)> _runs = new();

    private readonly ConcurrentDictionary<string, string> _continued = new();

    public IEnumerable<(Worker Worker, PromptRun Run)> All => _runs.Values;

    public void Add(Worker worker, PromptRun run) => _runs[run.Identity.RunId] = (worker, run);

    public (Worker Worker, PromptRun Run)? Find(string runId) => _runs.TryGetValue(runId, out var found) ? found : null;

    /// <summary>Notes that one goes on as another.</summary>
    public void Continue(string runId, string nextId) => _continued[runId] = nextId;

    /// <summary>The run, or the one as which it goes on by now.</summary>
    public (Worker Worker, PromptRun Run)? FindLatest(string runId)
    {
        while (_continued.TryGetValue(runId, out string? next) && !_runs.ContainsKey(runId))
        {
            runId = next;
        }

        return Find(runId);
    }

    public void Remove(string runId) => _runs.TryRemove(runId, out _);
}
