using System.Collections.Concurrent;
using McpWorkers.Engine.Model;

namespace McpWorkers.Mcp.Requests;

/// <summary>
/// What the users of clients with tasks left to others: their clients are not asked it again. Known for as long as the process lives; to be asked once
/// more after a restart harms nobody.
/// </summary>
internal sealed class LeftRequests
{
    private readonly ConcurrentDictionary<(string TaskId, string RequestId), bool> _left = [];

    /// <param name="pending">All that wait: what is decided is forgotten.</param>
    public void Add(string taskId, string requestId, IReadOnlyList<WorkerRequest> pending)
    {
        var waiting = pending.Select(request => request.RequestId).ToHashSet();
        foreach (var known in _left.Keys.Where(known => !waiting.Contains(known.RequestId)))
        {
            _left.TryRemove(known, out _);
        }

        _left[(taskId, requestId)] = true;
    }

    public bool Has(string taskId, string requestId) => _left.ContainsKey((taskId, requestId));
}
