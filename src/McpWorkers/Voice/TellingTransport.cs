using System.Threading.Channels;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Voice;

/// <summary>A transport that tells which calls were answered, once that is written.</summary>
/// <param name="sent">Must be quick and must not throw.</param>
internal sealed class TellingTransport(ITransport inner, Action<RequestId> sent) : ITransport
{
    public string? SessionId => inner.SessionId;

    public ChannelReader<JsonRpcMessage> MessageReader => inner.MessageReader;

    public async Task SendMessageAsync(JsonRpcMessage message, CancellationToken cancellationToken = default)
    {
        await inner.SendMessageAsync(message, cancellationToken);
        if (message is JsonRpcResponse answer)
        {
            sent(answer.Id);
        }
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
