namespace McpWorkers.Engine.Storage.Memory;

/// <inheritdoc/>
internal sealed class MemoryNotices : INoticeStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (DateTimeOffset Begun, bool IsOver)> _notices = [];
    private DateTimeOffset? _since;

    public Task<DateTimeOffset?> SinceAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_since);
        }
    }

    public Task OweSinceAsync(DateTimeOffset? since)
    {
        lock (_lock)
        {
            _since = since;
        }

        return Task.CompletedTask;
    }

    public Task<bool> BeginAsync(string subject, DateTimeOffset at)
    {
        lock (_lock)
        {
            return Task.FromResult(_notices.TryAdd(subject, (at, false)));
        }
    }

    public Task EndAsync(string subject, DateTimeOffset at, string outcome)
    {
        lock (_lock)
        {
            if (_notices.TryGetValue(subject, out var notice))
            {
                _notices[subject] = notice with { IsOver = true };
            }
        }

        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<string>> UnendedAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<string>>([.. _notices.Where(notice => !notice.Value.IsOver).Select(notice => notice.Key).Order(StringComparer.Ordinal)]);
        }
    }

    public Task RemoveAsync(DateTimeOffset before)
    {
        lock (_lock)
        {
            foreach (string subject in _notices.Where(notice => notice.Value.Begun < before).Select(notice => notice.Key).ToList())
            {
                _notices.Remove(subject);
            }
        }

        return Task.CompletedTask;
    }
}
