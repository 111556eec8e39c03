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
    private readonly Lock _lines = new();
    private int _read;
    private int _seen;
    private TaskCompletionSource? _allSeen;

    /// <summary>Notes that a line is handed to the server.</summary>
    public void Read()
    {
        lock (_lines)
        {
            _read++;
        }
    }

    /// <summary>
    /// Waits until every line that was read has been taken up by its tool. Requests that come together are started side by side and in
    /// no order; handed over one after the other like this, prompts to the same worker keep theirs. False where the last was not taken up
    /// in time, most likely because it is no message.
    /// </summary>
    public async Task<bool> UntilSeenAsync(CancellationToken cancellationToken)
    {
        Task waiting;
        lock (_lines)
        {
            if (_seen >= _read)
            {
                return true;
            }

            _allSeen ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            waiting = _allSeen.Task;
        }

        try
        {
            await waiting.WaitAsync(LineGrace, time, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            // It was no message: the server has dropped it without a word.
            lock (_lines)
            {
                _seen = _read;
                _allSeen = null;
            }

            return false;
        }
    }

    public void Watch(McpServerOptions options)
    {
        options.Filters.Message.IncomingFilters.Insert(0, next => (context, cancellationToken) =>
        {
            switch (context.JsonRpcMessage)
            {
                // A subscription stays open for as long as its client listens, and nobody waits for its answer.
                case JsonRpcRequest { Method: RequestMethods.SubscriptionsListen }:
                    break;
                case JsonRpcRequest request:
                    _open[request.Id] = true;
                    break;
                case JsonRpcNotification { Method: NotificationMethods.CancelledNotification, Params: { } cancelled }:
                    // A cancelled request gets no answer.
                    Forget(cancelled["requestId"]);
                    break;
            }

            // A tool accepts its work before it first waits.
            var handling = next(context, cancellationToken);
            Seen();
            return handling;
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
        await UntilSeenAsync(cancellationToken);
        long begun = time.GetTimestamp();
        while (true)
        {
            var waited = time.GetElapsedTime(begun);
            if (_open.IsEmpty)
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

    private void Seen()
    {
        lock (_lines)
        {
            // One that was given up and came late all the same is counted already.
            _seen = Math.Min(_seen + 1, _read);
            if (_seen == _read)
            {
                _allSeen?.SetResult();
                _allSeen = null;
            }
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
