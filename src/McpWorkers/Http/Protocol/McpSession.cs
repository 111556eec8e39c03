using McpWorkers.Mcp;
using ModelContextProtocol.Server;

#pragma warning disable MCP9006 // See SessionEventStore.

namespace McpWorkers.Http.Protocol;

/// <summary>A session of the revisions before 2026-07-28: one server for as long as it lives.</summary>
internal sealed class McpSession : IAsyncDisposable
{
    private readonly WorkerServer _server;
    private readonly CancellationTokenSource _end;
    private readonly Task _running;
    private readonly TimeProvider _time;
    private long _lastUse;
    private int _inUse;
    private int _hasStream;

    /// <param name="key">The token that opened it (<see cref="Guard.Grant.Key"/>).</param>
    /// <param name="toolSets">Those that were chosen when it was opened; null where none were.</param>
    public McpSession(string id, string key, IReadOnlyList<string>? toolSets, McpService service, HttpOptions options, CancellationToken stopping)
    {
        Id = id;
        Key = key;
        ToolSets = toolSets;
        _time = options.Time;
        _lastUse = _time.GetTimestamp();
        _end = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Events = new(options.SessionEventsMax, options.SessionBytesMax);
        Transport = new StreamableHttpServerTransport { SessionId = id, EventStreamStore = Events };
        _server = service.NewServer(Transport, toolSets);
        _running = _server.RunAsync(_end.Token);
    }

    public string Id { get; }

    public string Key { get; }

    /// <summary>For as long as the session lasts, whatever a later request's address says.</summary>
    public IReadOnlyList<string>? ToolSets { get; }

    public StreamableHttpServerTransport Transport { get; }

    public SessionEventStore Events { get; }

    public bool IsIdle(TimeSpan idle) => Volatile.Read(ref _inUse) == 0 && _time.GetElapsedTime(Interlocked.Read(ref _lastUse)) >= idle;

    /// <summary>While it is held, the session does not expire.</summary>
    public IDisposable Use()
    {
        Interlocked.Increment(ref _inUse);
        return new Held(this);
    }

    /// <summary>False where the stream for what no request asked for is open already: there is one at a time.</summary>
    public bool TakeStream() => Interlocked.Exchange(ref _hasStream, 1) == 0;

    public void GiveStream() => Interlocked.Exchange(ref _hasStream, 0);

    public async ValueTask DisposeAsync()
    {
        // Ends the transport's reader, and with it the server.
        await Transport.DisposeAsync();
        await _end.CancelAsync();
        try
        {
            await _running;
        }
        catch (OperationCanceledException)
        {
            // As was asked.
        }

        await _server.DisposeAsync();
        _end.Dispose();
    }

    private sealed class Held(McpSession session) : IDisposable
    {
        public void Dispose()
        {
            Interlocked.Exchange(ref session._lastUse, session._time.GetTimestamp());
            Interlocked.Decrement(ref session._inUse);
        }
    }
}
