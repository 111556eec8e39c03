using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace McpWorkers.Engine.Storage.Memory;

/// <inheritdoc/>
internal sealed class MemoryCalls : ICallStore
{
    private readonly ConcurrentDictionary<string, StoredCall> _calls = new();

    public Task AddAsync(StoredCall call) => _calls.TryAdd(call.CallId, Copy(call))
        ? Task.CompletedTask
        : Task.FromException(new ArgumentException($"The store holds something of that id already: {call.CallId}"));

    public Task<StoredCall?> FindAsync(string callId, CancellationToken cancellationToken) =>
        Task.FromResult(_calls.TryGetValue(callId, out var call) ? Copy(call) : null);

    public Task RemoveAsync(DateTimeOffset before)
    {
        foreach (var (callId, _) in _calls.Where(call => call.Value.Created < before))
        {
            _calls.TryRemove(callId, out _);
        }

        return Task.CompletedTask;
    }

    private static StoredCall Copy(StoredCall call) =>
        call with { Items = [.. call.Items.Select(item => item with { Refused = item.Refused?.DeepClone() as JsonObject })] };
}
