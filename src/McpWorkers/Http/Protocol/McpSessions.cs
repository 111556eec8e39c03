using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace McpWorkers.Http.Protocol;

/// <summary>The open sessions: a bounded number, each bound to the token that opened it, each ended when nobody uses it.</summary>
internal sealed class McpSessions(McpService service, HttpOptions options, int max, TimeSpan idle, CancellationToken stopping) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, McpSession> _sessions = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _opening = new(1);

    public int Count => _sessions.Count;

    public int Max => max;

    /// <summary>Null where there are as many as may be.</summary>
    public async ValueTask<McpSession?> OpenAsync(string key, IReadOnlyList<string>? toolSets = null)
    {
        await _opening.WaitAsync(stopping);
        try
        {
            if (_sessions.Count >= max)
            {
                await ExpireAsync();
            }

            if (_sessions.Count >= max)
            {
                return null;
            }

            var session = new McpSession(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)), key, toolSets, service, options, stopping);
            _sessions[session.Id] = session;
            return session;
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <summary>Null where there is none of this id, or it is another token's: whoever stole an id learns nothing by it.</summary>
    public McpSession? Find(string id, string key) => _sessions.TryGetValue(id, out var session) && session.Key == key ? session : null;

    public async ValueTask CloseAsync(McpSession session)
    {
        if (_sessions.TryRemove(session.Id, out _))
        {
            await session.DisposeAsync();
        }
    }

    /// <summary>Ends the sessions that nobody used for a while.</summary>
    public async Task ExpireAsync()
    {
        foreach (var (_, session) in _sessions)
        {
            if (session.IsIdle(idle))
            {
                await CloseAsync(session);
            }
        }
    }

    /// <summary>Ends idle sessions for as long as the door is open.</summary>
    public async Task RunAsync()
    {
        using var timer = new PeriodicTimer(idle / 4 < TimeSpan.FromMinutes(1) ? idle / 4 : TimeSpan.FromMinutes(1), options.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
            {
                await ExpireAsync();
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The door closes.
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (_, session) in _sessions)
        {
            await CloseAsync(session);
        }

        _opening.Dispose();
    }
}
