using System.Globalization;
using System.Security.Cryptography;
using ModelContextProtocol.Server;

#pragma warning disable MCP9006 // Sessions are of the older revisions, whose clients are served too.

namespace McpWorkers.Http.Protocol;

/// <summary>
/// What was sent in one session, so that a client whose stream broke can take it up again. Bounded in number and bytes over all streams of
/// the session: the oldest are forgotten first. An event's id is <c>stream.number</c>.
/// </summary>
internal sealed class SessionEventStore(int eventsMax, long bytesMax) : ISseEventStreamStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, SessionEventStream> _streams = [];
    private readonly Queue<(SessionEventStream Stream, int Bytes)> _order = [];
    private long _bytes;

    /// <summary>In bytes of JSON.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock)
            {
                return _bytes;
            }
        }
    }

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _order.Count;
            }
        }
    }

    public ValueTask<ISseEventStreamWriter> CreateStreamAsync(SseEventStreamOptions options, CancellationToken cancellationToken = default)
    {
        // Ids of streams hold a client's request ids: the name in the event's id is our own, whatever they are.
        var stream = new SessionEventStream(this, options.SessionId, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))) { Mode = options.Mode };
        lock (_lock)
        {
            _streams[stream.StreamId] = stream;
        }

        return new(stream);
    }

    /// <summary>Null where the event is not known, or events after it are forgotten.</summary>
    public ValueTask<ISseEventStreamReader?> GetStreamReaderAsync(string lastEventId, CancellationToken cancellationToken = default)
    {
        int dot = lastEventId.LastIndexOf('.');
        if (dot <= 0 || !int.TryParse(lastEventId.AsSpan(dot + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int number))
        {
            return new((ISseEventStreamReader?)null);
        }

        lock (_lock)
        {
            return new(_streams.GetValueOrDefault(lastEventId[..dot])?.ReaderAfter(number));
        }
    }

    /// <summary>Counts an event that its stream has taken, and forgets what is too much.</summary>
    public void Added(SessionEventStream stream, int bytes)
    {
        lock (_lock)
        {
            _order.Enqueue((stream, bytes));
            _bytes += bytes;
            while (_order.Count > eventsMax || (_bytes > bytesMax && _order.Count > 1))
            {
                var (oldest, size) = _order.Dequeue();
                _bytes -= size;
                if (oldest.ForgetFirst())
                {
                    _streams.Remove(oldest.StreamId);
                }
            }
        }
    }
}
