using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

#pragma warning disable MCP9006 // See SessionEventStore.

namespace McpWorkers.Http.Protocol;

/// <summary>The events of one stream, kept as JSON: their size is known, and most are never read again.</summary>
internal sealed class SessionEventStream(SessionEventStore store, string sessionId, string streamId) : ISseEventStreamWriter
{
    private readonly Lock _lock = new();
    private readonly Queue<Kept> _kept = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _last;
    private bool _isClosed;

    public string StreamId => streamId;

    public SseEventStreamMode Mode { get; set; }

    public ValueTask SetModeAsync(SseEventStreamMode mode, CancellationToken cancellationToken = default)
    {
        Mode = mode;
        return ValueTask.CompletedTask;
    }

    public ValueTask<SseItem<JsonRpcMessage?>> WriteEventAsync(SseItem<JsonRpcMessage?> sseItem, CancellationToken cancellationToken = default)
    {
        byte[]? json = sseItem.Data is null ? null : JsonSerializer.SerializeToUtf8Bytes(sseItem.Data, PostedMessage.MessageType);
        SseItem<JsonRpcMessage?> written;
        lock (_lock)
        {
            _last++;
            written = new(sseItem.Data, sseItem.EventType) { EventId = $"{streamId}.{_last}", ReconnectionInterval = sseItem.ReconnectionInterval };
            _kept.Enqueue(new(_last, sseItem.EventType, json, sseItem.ReconnectionInterval));
            Pulse();
        }

        store.Added(this, json?.Length ?? 0);
        return new(written);
    }

    public ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _isClosed = true;
            Pulse();
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>True where nothing is left, and nothing more comes.</summary>
    public bool ForgetFirst()
    {
        lock (_lock)
        {
            _kept.TryDequeue(out _);
            return _isClosed && _kept.Count == 0;
        }
    }

    /// <summary>Null where events after this number are forgotten.</summary>
    public ISseEventStreamReader? ReaderAfter(int number)
    {
        lock (_lock)
        {
            return number <= _last && number >= FirstKept - 1 ? new Reader(this, number) : null;
        }
    }

    private string SessionId => sessionId;

    private int FirstKept => _kept.TryPeek(out var first) ? first.Number : _last + 1;

    /// <summary>What there is after this number, and what to wait for where that is nothing.</summary>
    private (IReadOnlyList<Kept> Fresh, bool IsOver, Task Change) After(int number)
    {
        lock (_lock)
        {
            // A reader that is slower than the store is long must not take the rest for the whole.
            IReadOnlyList<Kept> fresh = FirstKept > number + 1 ? [] : [.. _kept.Where(kept => kept.Number > number)];
            bool isOver = FirstKept > number + 1 || _isClosed || (Mode == SseEventStreamMode.Polling && fresh.Count > 0);
            return (fresh, isOver, _changed.Task);
        }
    }

    private void Pulse()
    {
        var changed = _changed;
        _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.TrySetResult();
    }

    private sealed record Kept(int Number, string EventType, byte[]? Json, TimeSpan? Retry);

    private sealed class Reader(SessionEventStream stream, int after) : ISseEventStreamReader
    {
        public string SessionId => stream.SessionId;

        public string StreamId => stream.StreamId;

        public async IAsyncEnumerable<SseItem<JsonRpcMessage?>> ReadEventsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            int seen = after;
            while (true)
            {
                var (fresh, isOver, change) = stream.After(seen);
                foreach (var kept in fresh)
                {
                    seen = kept.Number;
                    var message = kept.Json is null ? null : JsonSerializer.Deserialize(kept.Json, PostedMessage.MessageType);
                    yield return new(message, kept.EventType) { EventId = $"{stream.StreamId}.{kept.Number}", ReconnectionInterval = kept.Retry };
                }

                if (isOver)
                {
                    yield break;
                }

                if (fresh.Count == 0)
                {
                    await change.WaitAsync(cancellationToken);
                }
            }
        }
    }
}
