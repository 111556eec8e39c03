using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Http.Protocol;

/// <summary>
/// The answer to one request of revision 2026-07-28: plain JSON where nothing comes before it, and a stream of server-sent events as soon
/// as something does. Nothing comes after it.
/// </summary>
internal sealed class OneAnswer(HttpContext context) : IDisposable
{
    private readonly SemaphoreSlim _writing = new(1);
    private volatile bool _isOver;
    private bool _isStream;

    /// <summary>Tells something before the answer.</summary>
    public Task TellAsync(JsonRpcMessage message, CancellationToken cancellationToken) =>
        WriteAsync(JsonSerializer.SerializeToUtf8Bytes(message, PostedMessage.MessageType), null, cancellationToken);

    /// <param name="status">Of the response, where nothing was told before.</param>
    /// <param name="message">JSON.</param>
    public Task GiveAsync(int status, ReadOnlyMemory<byte> message, CancellationToken cancellationToken) => WriteAsync(message, status, cancellationToken);

    /// <summary>Tells the client, and proxies, that the request is still being worked on.</summary>
    public async Task KeepAliveAsync(CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            if (!_isOver)
            {
                BeginStream();
                context.Response.BodyWriter.Write(": still here\n\n"u8);
                await context.Response.BodyWriter.FlushAsync(cancellationToken);
            }
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>The request is over: what comes late goes nowhere, since the response may be another request's by then.</summary>
    public void Dispose() => _isOver = true;

    /// <param name="status">Null for what is not the answer.</param>
    private async Task WriteAsync(ReadOnlyMemory<byte> message, int? status, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            if (_isOver)
            {
                return;
            }

            if (status is { } plain && !_isStream)
            {
                await HttpAnswer.WriteAsync(context, plain, message);
            }
            else
            {
                BeginStream();
                var writer = context.Response.BodyWriter;
                writer.Write("event: message\ndata: "u8);
                writer.Write(message.Span);
                writer.Write("\n\n"u8);
                await writer.FlushAsync(cancellationToken);
            }

            _isOver = status is not null;
        }
        finally
        {
            _writing.Release();
        }
    }

    private void BeginStream()
    {
        if (!_isStream)
        {
            HttpAnswer.BeginStream(context);
            _isStream = true;
        }
    }
}
