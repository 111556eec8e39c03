using System.Text.Json;
using System.Threading.Channels;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Http.Protocol;

/// <summary>Carries one request of revision 2026-07-28 to a server of its own, and what that says to the request's answer.</summary>
internal sealed class OneRequestTransport : ITransport
{
    private readonly Channel<JsonRpcMessage> _incoming = Channel.CreateBounded<JsonRpcMessage>(1);
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly OneAnswer _answer;

    public OneRequestTransport(OneAnswer answer, JsonRpcMessage request)
    {
        _answer = answer;
        (request.Context ??= new()).RelatedTransport = this;
        _incoming.Writer.TryWrite(request);
    }

    public string? SessionId => null;

    public ChannelReader<JsonRpcMessage> MessageReader => _incoming.Reader;

    /// <summary>Ends when the answer is written.</summary>
    public Task Answered => _answered.Task;

    /// <summary>No more comes in, so the server ends once the request is done.</summary>
    public void Close() => _incoming.Writer.TryComplete();

    /// <exception cref="InvalidOperationException">The server wants to ask something: in this revision that goes by the answer.</exception>
    public async Task SendMessageAsync(JsonRpcMessage message, CancellationToken cancellationToken = default)
    {
        switch (message)
        {
            case JsonRpcRequest:
                throw new InvalidOperationException("Servers of revision 2026-07-28 send no requests.");
            case JsonRpcResponse or JsonRpcError:
                int status = message is JsonRpcError error ? JsonRpcAnswer.StatusOf(error.Error.Code) : 200;
                await _answer.GiveAsync(status, JsonSerializer.SerializeToUtf8Bytes(message, PostedMessage.MessageType), cancellationToken);
                _answered.TrySetResult();
                break;
            default:
                await _answer.TellAsync(message, cancellationToken);
                break;
        }
    }

    public ValueTask DisposeAsync()
    {
        Close();
        _answered.TrySetResult();
        return ValueTask.CompletedTask;
    }
}
