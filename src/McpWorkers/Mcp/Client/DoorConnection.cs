using System.Reflection;
using System.Text.Json.Nodes;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Mcp.Client;

/// <summary>One connection to the workers' host, from its opening to its loss.</summary>
internal sealed class DoorConnection : IAsyncDisposable
{
    // The handshake of 2025-11-25 costs one round trip, as discovery does, and then no message carries more than it must.
    private const string Revision = "2025-11-25";

    private static readonly TimeSpan HandshakeMax = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan TellingMax = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ClosingMax = TimeSpan.FromSeconds(5);

    private static readonly string OwnVersion =
        typeof(DoorConnection).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    private readonly FarewellStream _stream;
    private readonly McpClient _client;

    private DoorConnection(FarewellStream stream, McpClient client)
    {
        _stream = stream;
        _client = client;
    }

    public bool IsLost => _client.Completion.IsCompleted;

    /// <summary>Somebody stopped the daemon: to start it again would be against their will.</summary>
    public bool StoppedOnPurpose => _stream.Reason == "stopped";

    /// <param name="accepted">Called with the notice's parameters as soon as the host tells that runs are stored.</param>
    /// <exception cref="ConnectionLostException">The other end went away before the handshake was over.</exception>
    public static async Task<DoorConnection> OpenAsync(
        Func<CancellationToken, Task<Stream>> door, Action<JsonNode?> accepted, TimeProvider time, CancellationToken cancellationToken)
    {
        var stream = new FarewellStream(await door(cancellationToken));
        try
        {
            var client = await McpClient.CreateAsync(
                new StreamClientTransport(stream, stream),
                new()
                {
                    ClientInfo = new() { Name = "mcpworkers-cli", Version = OwnVersion },
                    ProtocolVersion = Revision,
                    InitializationTimeout = HandshakeMax,
                    TimeProvider = time,
                    Handlers = new()
                    {
                        NotificationHandlers =
                        [
                            new(AcceptedNotice.Method, (notice, _) =>
                            {
                                accepted(notice.Params);
                                return ValueTask.CompletedTask;
                            }),
                        ],
                    },
                },
                cancellationToken: cancellationToken);
            return new(stream, client);
        }
        catch (Exception fault)
        {
            await stream.DisposeAsync();
            if (IsLoss(fault, cancellationToken) || fault is TimeoutException)
            {
                throw new ConnectionLostException(fault);
            }

            throw;
        }
    }

    /// <summary>Sends a request and waits for its result. Cancelling tells the host that nobody waits any more.</summary>
    /// <exception cref="McpProtocolException">The host refused it.</exception>
    /// <exception cref="ConnectionLostException">It may have been read or not.</exception>
    public async Task<JsonNode> SendAsync(string method, JsonObject parameters, string id, CancellationToken cancellationToken)
    {
        try
        {
            // Not the caller's token: whether the library then still tells the host is a race between two of its own callbacks.
            var request = new JsonRpcRequest { Id = new RequestId(id), Method = method, Params = parameters };
            var response = await _client.SendRequestAsync(request, CancellationToken.None).WaitAsync(cancellationToken);
            return response.Result ?? throw new UnansweredException($"The answer to {method} is empty.");
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await TellCancelledAsync(id);
            throw;
        }
        catch (Exception fault) when (IsLoss(fault, cancellationToken))
        {
            throw new ConnectionLostException(fault);
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _client.DisposeAsync().AsTask().WaitAsync(ClosingMax);
        }
        catch (Exception fault) when (fault is IOException or TimeoutException or OperationCanceledException or InvalidOperationException)
        {
            // What is closed is not needed any more, in whatever state it is.
        }

        await _stream.DisposeAsync();
    }

    private async Task TellCancelledAsync(string id)
    {
        try
        {
            var notice = new JsonRpcNotification { Method = NotificationMethods.CancelledNotification, Params = new JsonObject { ["requestId"] = id } };
            await _client.SendMessageAsync(notice, CancellationToken.None).WaitAsync(TellingMax);
        }
        catch (Exception fault) when (fault is TimeoutException || IsLoss(fault, CancellationToken.None))
        {
            // Then the end of the connection tells it.
        }
    }

    // The library says it in as many ways as there are moments: while reading, while writing, before either, and by cancelling what waited.
    private static bool IsLoss(Exception fault, CancellationToken cancellationToken) =>
        fault is IOException or ObjectDisposedException or System.Net.Sockets.SocketException
        || (fault is InvalidOperationException or OperationCanceledException && !cancellationToken.IsCancellationRequested);
}
