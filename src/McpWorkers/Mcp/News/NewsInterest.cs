using System.Collections.Concurrent;
using System.Collections.Immutable;
using McpWorkers.Engine.Events;
using McpWorkers.Mcp.Resources;

namespace McpWorkers.Mcp.News;

/// <summary>What one client wants to be told of. May change while it is asked; safe for use from several threads.</summary>
internal sealed class NewsInterest
{
    // An address with a cursor stands for the same thing as the one without; the client hears of the address that it gave.
    private readonly ConcurrentDictionary<(ResourceKind Kind, string Id), ImmutableHashSet<string>> _uris = new();
    private readonly ConcurrentDictionary<string, ImmutableHashSet<string>> _tasksByRun = new();

    /// <summary>Workers that come and go.</summary>
    public bool ResourceList { get; set; }

    public int UriCount => _uris.Values.Sum(uris => uris.Count);

    public void Add(string uri, ResourceAddress address) =>
        _uris.AddOrUpdate((address.Kind, address.Id), [uri], (_, uris) => uris.Add(uri));

    public void Remove(string uri, ResourceAddress address)
    {
        var key = (address.Kind, address.Id);
        if (_uris.AddOrUpdate(key, [], (_, uris) => uris.Remove(uri)).IsEmpty)
        {
            _uris.TryRemove(KeyValuePair.Create(key, ImmutableHashSet<string>.Empty));
        }
    }

    public void AddTask(string taskId, IEnumerable<string> runIds)
    {
        foreach (string runId in runIds)
        {
            _tasksByRun.AddOrUpdate(runId, [taskId], (_, tasks) => tasks.Add(taskId));
        }
    }

    /// <summary>Whether there may be news in it. Asked for every fact by every listener: it makes nothing, and takes no lock of anybody's.</summary>
    public bool Concerns(WorkerEvent fact) => fact.Kind.IsOfWorker() && (
        (fact.Kind != WorkerEventKind.Activity && (ResourceList || Has(ResourceKind.Workers, "") || (fact.RunId is { } run && _tasksByRun.ContainsKey(run))))
        || Has(ResourceKind.Worker, fact.WorkerId)
        || (fact.Kind != WorkerEventKind.Activity && (Has(ResourceKind.Changes, fact.WorkerId) || Has(ResourceKind.Diff, fact.WorkerId)))
        || (fact.RunId is { } runId && (Has(ResourceKind.Run, runId) || Has(ResourceKind.Output, runId) || Has(ResourceKind.Log, runId))));

    /// <summary>What it is news of, for this client.</summary>
    public IEnumerable<NewsItem> Of(WorkerEvent fact)
    {
        bool isActivity = fact.Kind == WorkerEventKind.Activity;
        if (ResourceList && fact.Kind is WorkerEventKind.Spawned or WorkerEventKind.Closed)
        {
            yield return new(NewsKind.ResourceList, "");
        }

        // The list is told of states, not of each line that somebody says.
        if (!isActivity)
        {
            foreach (string uri in UrisOf(ResourceKind.Workers, ""))
            {
                yield return new(NewsKind.ResourceUpdated, uri);
            }
        }

        // What a worker has changed is committed, and so told of, when its run ends.
        foreach (var kind in (ResourceKind[])(isActivity ? [ResourceKind.Worker] : [ResourceKind.Worker, ResourceKind.Changes, ResourceKind.Diff]))
        {
            foreach (string uri in UrisOf(kind, fact.WorkerId))
            {
                yield return new(NewsKind.ResourceUpdated, uri);
            }
        }

        if (fact.RunId is not { } runId)
        {
            yield break;
        }

        foreach (var kind in (ResourceKind[])[ResourceKind.Run, ResourceKind.Output, ResourceKind.Log])
        {
            foreach (string uri in UrisOf(kind, runId))
            {
                yield return new(NewsKind.ResourceUpdated, uri);
            }
        }

        if (!isActivity && _tasksByRun.TryGetValue(runId, out var tasks))
        {
            foreach (string task in tasks)
            {
                yield return new(NewsKind.Task, task);
            }
        }
    }

    private bool Has(ResourceKind kind, string id) => _uris.ContainsKey((kind, id));

    private ImmutableHashSet<string> UrisOf(ResourceKind kind, string id) => _uris.GetValueOrDefault((kind, id), []);
}
