using System.Collections.Concurrent;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers.Runs;

namespace McpWorkers.Engine.Workers.Hosting;

/// <summary>The runs that are accepted and not settled, by id.</summary>
internal sealed class LiveRuns
{
    private readonly ConcurrentDictionary<string, (Worker Worker, PromptRun Run)> _runs = new();

    /// <summary>As which run one goes on; kept for as long as that one, or what goes on after it, is not over.</summary>
    private readonly ConcurrentDictionary<string, string> _continued = new();

    public IEnumerable<(Worker Worker, PromptRun Run)> All => _runs.Values;

    /// <summary>How many runs are remembered that went on as others.</summary>
    public int Continued => _continued.Count;

    public void Add(Worker worker, PromptRun run) => _runs[run.Identity.RunId] = (worker, run);

    public (Worker Worker, PromptRun Run)? Find(string runId) => _runs.TryGetValue(runId, out var found) ? found : null;

    /// <summary>Notes that one goes on as another. One of them must be live.</summary>
    public void Continue(string runId, string nextId) => _continued[runId] = nextId;

    /// <summary>The run, or the one as which it goes on by now.</summary>
    public (Worker Worker, PromptRun Run)? FindLatest(string runId)
    {
        while (!_runs.ContainsKey(runId) && _continued.TryGetValue(runId, out string? next))
        {
            runId = next;
        }

        return Find(runId);
    }

    /// <summary>
    /// The first of the runs that go on with one session after answers: what was spawned or added from within one of them is that one's, whichever of them
    /// goes on by now. The run itself where none of them is live, or it goes on with none.
    /// </summary>
    public string FirstOf(string runId) => FindLatest(runId)?.Run.Before is [.., var first] ? first : runId;

    /// <summary>Stops a run, or the one as which it goes on by now. Returns once nothing of it is left.</summary>
    public async Task StopAsync(string runId, StopReason reason)
    {
        var run = FindLatest(runId)?.Run;
        while (run is not null)
        {
            await run.StopAsync(reason, null);

            // It may have begun to go on as another one just before.
            run = run.Next ?? (_continued.TryGetValue(run.Identity.RunId, out string? next) ? Find(next)?.Run : null);
        }
    }

    public void Remove(string runId)
    {
        _runs.TryRemove(runId, out _);
        foreach (string before in _continued.Keys)
        {
            // Those that wait to be told are led there by the store from now on.
            if (FindLatest(before) is null)
            {
                _continued.TryRemove(before, out _);
            }
        }
    }
}
