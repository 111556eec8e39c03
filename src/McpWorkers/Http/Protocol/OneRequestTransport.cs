using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Http.Protocol;

/// <summary>
/// Carries one request of revision 2026-07-28 to a server of its own: the answer is plain JSON where nothing comes before it, and a stream
/// of server-sent events as soon as something does.
/// </summary>
internal sealed class OneRequestTransport : ITransport
{
    private readonly Channel<JsonRpcMessage> _incoming = Channel.CreateBounded<JsonRpcMessage>(1);
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _writing = new(1);
    private readonly HttpContext _context;
    private bool _isStream;

    public OneRequestTransport(HttpContext context, JsonRpcMessage request)
    {
        _context = context;
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
        if (message is JsonRpcRequest)
        {
            throw new InvalidOperationException("Servers of revision 2026-07-28 send no requests.");
        }

        bool isAnswer = message is JsonRpcResponse or JsonRpcError;
        await _writing.WaitAsync(cancellationToken);
        try
        {
            if (_answered.Task.IsCompleted)
            {
                return;
            }

            if (isAnswer && !_isStream)
            {
                int status = message is JsonRpcError error ? JsonRpcAnswer.StatusOf(error.Error.Code) : 200;
                await HttpAnswer.WriteAsync(_context, status, JsonSerializer.SerializeToUtf8Bytes(message, PostedMessage.MessageType));
            }
            else
            {
                BeginStream();
                WriteEvent(_context.Response.BodyWriter, message);
                await _context.Response.BodyWriter.FlushAsync(cancellationToken);
            }

            if (isAnswer)
            {
                _answered.TrySetResult();
            }
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Tells the client, and proxies, that the request is still being worked on.</summary>
    public async Task KeepAliveAsync(CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            if (!_answered.Task.IsCompleted)
            {
                BeginStream();
                _context.Response.BodyWriter.Write(": still here\n\n"u8);
                await _context.Response.BodyWriter.FlushAsync(cancellationToken);
            }
        }
        finally
        {
            _writing.Release();
        }
    }

    public ValueTask DisposeAsync()
    {
        Close();
        _answered.TrySetResult();
        return ValueTask.CompletedTask;
    }

    private void BeginStream()
    {
        if (!_isStream)
        {
            HttpAnswer.BeginStream(_context);
            _isStream = true;
        }
    }

    private static void WriteEvent(PipeWriter writer, JsonRpcMessage message)
    {
        writer.Write("event: message\ndata: "u8);
        using (var json = new Utf8JsonWriter(writer))
        {
            JsonSerializer.Serialize(json, message, PostedMessage.MessageType);
        }

        writer.Write("\n\n"u8);
    }
}
