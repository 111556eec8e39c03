using System.Collections.Concurrent;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpWorkers.Mcp;

/// <summary>Knows whether each line that was read has reached the server and each request has its answer written.</summary>
internal sealed class OpenRequests(TimeProvider time)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(5);

    /// <summary>A line that is no message never reaches the server; it may cost no more than this.</summary>
    private static readonly TimeSpan LineGrace = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<RequestId, bool> _open = new();
    private int _read;
    private int _seen;

    public int Count => _open.Count;

    public void Read(ReadOnlySpan<byte> bytes) => Interlocked.Add(ref _read, bytes.Count((byte)'\n'));

    public void Watch(McpServerOptions options)
    {
        options.Filters.Message.IncomingFilters.Insert(0, next => (context, cancellationToken) =>
        {
            switch (context.JsonRpcMessage)
            {
                case JsonRpcRequest request:
                    _open[request.Id] = true;
                    break;
                case JsonRpcNotification { Method: NotificationMethods.CancelledNotification, Params: { } cancelled }:
                    // A cancelled request gets no answer.
                    Forget(cancelled["requestId"]);
                    break;
            }

            Interlocked.Increment(ref _seen);
            return next(context, cancellationToken);
        });
        options.Filters.Message.OutgoingFilters.Insert(0, next => async (context, cancellationToken) =>
        {
            await next(context, cancellationToken);
            if (context.JsonRpcMessage is JsonRpcResponse or JsonRpcError)
            {
                _open.TryRemove(((JsonRpcMessageWithId)context.JsonRpcMessage).Id, out _);
            }
        });
    }

    /// <summary>Waits until everything read has its answer, at most so long. True when it has.</summary>
    public async Task<bool> WaitAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        long begun = time.GetTimestamp();
        while (true)
        {
            var waited = time.GetElapsedTime(begun);
            bool allSeen = Volatile.Read(ref _seen) >= Volatile.Read(ref _read) || waited >= LineGrace;
            if (allSeen && _open.IsEmpty)
            {
                return true;
            }

            if (waited >= limit)
            {
                return false;
            }

            await Task.Delay(Look, time, cancellationToken);
        }
    }

    private void Forget(System.Text.Json.Nodes.JsonNode? id)
    {
        if (id?.GetValueKind() == System.Text.Json.JsonValueKind.String)
        {
            _open.TryRemove(new RequestId(id.GetValue<string>()), out _);
        }
        else if (id?.GetValueKind() == System.Text.Json.JsonValueKind.Number && id.AsValue().TryGetValue(out long number))
        {
            _open.TryRemove(new RequestId(number), out _);
        }
    }
}
