using McpWorkers.Engine.Events;
using McpWorkers.Engine.Workers;

namespace McpWorkers.Mcp.News;

/// <summary>Which facts a caller may know: the feed has everybody's. Remembers workers that are closed, whose last facts still come.</summary>
internal sealed class VisibleWorkers
{
    private readonly WorkerManager _manager;
    private readonly HashSet<string>? _ids;

    public VisibleWorkers(WorkerManager manager)
    {
        _manager = manager;
        // Only who calls from within a run sees less than everything.
        _ids = manager.Caller.ParentRun is null ? null : [.. manager.List().Select(worker => worker.WorkerId)];
    }

    public bool Sees(WorkerEvent fact)
    {
        if (_ids is null)
        {
            return true;
        }

        if (fact.Kind == WorkerEventKind.Spawned && _manager.List().Any(worker => worker.WorkerId == fact.WorkerId))
        {
            _ids.Add(fact.WorkerId);
        }

        return _ids.Contains(fact.WorkerId);
    }
}
