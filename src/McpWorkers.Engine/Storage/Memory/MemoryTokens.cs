namespace McpWorkers.Engine.Storage.Memory;

/// <inheritdoc/>
internal sealed class MemoryTokens : ITokenStore
{
    private readonly Lock _lock = new();
    private readonly OrderedDictionary<string, StoredToken> _tokens = [];

    public Task<bool> AddAsync(StoredToken token)
    {
        lock (_lock)
        {
            return Task.FromResult(_tokens.TryAdd(token.Name, token));
        }
    }

    public Task<IReadOnlyList<StoredToken>> ListAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<StoredToken>>([.. _tokens.Values.OrderBy(token => token.Created)]);
        }
    }

    public Task<bool> RemoveAsync(string name)
    {
        lock (_lock)
        {
            return Task.FromResult(_tokens.Remove(name));
        }
    }

    public Task UsedAsync(string name, DateTimeOffset at)
    {
        lock (_lock)
        {
            if (_tokens.TryGetValue(name, out var token))
            {
                _tokens[name] = token with { LastUsed = at };
            }
        }

        return Task.CompletedTask;
    }
}
