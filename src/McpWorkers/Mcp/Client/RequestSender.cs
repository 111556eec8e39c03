using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using ModelContextProtocol;

namespace McpWorkers.Mcp.Client;

/// <summary>Sends requests over a lasting connection, and notes which runs the host said it had accepted for each.</summary>
internal sealed class RequestSender : IAsyncDisposable
{
    // What the library puts before the words of whoever refused.
    private const string LibraryPrefix = "Request failed (remote): ";

    // A request that ends the host each time it is sent must come to an end of its own.
    private const int LossesMax = 10;

    // A notice that came right before the connection was lost may still be on its way to us.
    private static readonly TimeSpan NoticeGrace = TimeSpan.FromMilliseconds(200);

    private readonly LastingConnection _connection;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, TaskCompletionSource<IReadOnlyList<AcceptedRun>>> _noticed = new();
    private int _last;

    public RequestSender(Func<CancellationToken, Task<Stream>> door, TimeProvider time)
    {
        _time = time;
        _connection = new(door, time)
        {
            Accepted = parameters =>
            {
                var (requestId, runs) = AcceptedRun.Read(parameters);
                if (requestId is not null && _noticed.TryGetValue(requestId, out var waiting))
                {
                    waiting.TrySetResult(runs);
                }
            },
        };
    }

    public Action<string> Tell
    {
        get => _connection.Tell;
        set => _connection.Tell = value;
    }

    public TimeProvider Time => _time;

    /// <summary>Never given twice, also not over several connections.</summary>
    public string NextId() => string.Create(CultureInfo.InvariantCulture, $"cli-{Interlocked.Increment(ref _last)}");

    public async Task ConnectAsync(CancellationToken cancellationToken) => await _connection.GetAsync(cancellationToken);

    /// <summary>Calls a tool that only reads: again, where the connection was lost before the answer.</summary>
    public async Task<JsonNode> CallRepeatedlyAsync(string tool, JsonObject arguments, CancellationToken cancellationToken) => ToolReply.Read(
        tool,
        await SendRepeatedlyAsync("tools/call", () => new() { ["name"] = tool, ["arguments"] = arguments.DeepClone() }, cancellationToken));

    /// <summary>Calls a method of the host's own that only reads: again, where the connection was lost before the answer.</summary>
    public async Task<JsonObject> AskRepeatedlyAsync(string method, JsonObject parameters, CancellationToken cancellationToken) =>
        await SendRepeatedlyAsync(method, () => (JsonObject)parameters.DeepClone(), cancellationToken) as JsonObject
            ?? throw new UnansweredException($"The answer to {method} is no object.");

    /// <summary>Calls a tool, and never again.</summary>
    /// <exception cref="ConnectionLostException">It may have been carried out or not.</exception>
    public async Task<JsonNode> CallOnceAsync(string tool, JsonObject arguments, string id, CancellationToken cancellationToken)
    {
        var connection = await _connection.GetAsync(cancellationToken);
        return ToolReply.Read(tool, await SendAsync(connection, "tools/call", new() { ["name"] = tool, ["arguments"] = arguments }, id, cancellationToken));
    }

    /// <summary>Calls a tool that changes something.</summary>
    /// <param name="remedy">How to find out what became of it where nobody answered.</param>
    /// <exception cref="UnansweredException">The connection was lost: it may have been carried out or not.</exception>
    public async Task<JsonNode> ChangeAsync(string tool, JsonObject arguments, string remedy, CancellationToken cancellationToken)
    {
        try
        {
            return await CallOnceAsync(tool, arguments, NextId(), cancellationToken);
        }
        catch (ConnectionLostException)
        {
            throw new UnansweredException($"The connection to the daemon was lost before {tool} was answered: nobody knows whether it was done, and it is not sent again. {remedy}");
        }
    }

    /// <summary>The first of the resource's contents.</summary>
    /// <exception cref="RefusedException">There is no such resource.</exception>
    public async Task<JsonNode> ReadResourceAsync(string uri, CancellationToken cancellationToken)
    {
        JsonNode result;
        try
        {
            result = await SendRepeatedlyAsync("resources/read", () => new() { ["uri"] = uri }, cancellationToken);
        }
        catch (RefusedException refused) when (refused.Message.StartsWith(uri + ": ", StringComparison.Ordinal))
        {
            // Addresses are for hosts: whoever typed a command named a worker.
            throw new RefusedException(refused.Code, refused.Message[(uri.Length + 2)..]);
        }

        return (result["contents"] as JsonArray)?.FirstOrDefault() ?? throw new UnansweredException($"The resource {uri} came without contents.");
    }

    /// <summary>Notes from now on what runs are accepted for a request.</summary>
    public void Expect(string requestId) => _noticed[requestId] = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The runs that were accepted for a request whose connection was lost; null where nothing was said of any.</summary>
    public async Task<IReadOnlyList<AcceptedRun>?> AcceptedAsync(string requestId)
    {
        var noticed = _noticed[requestId].Task;
        await Task.WhenAny(noticed, Task.Delay(NoticeGrace, _time));
        return noticed.IsCompleted ? await noticed : null;
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private async Task<JsonNode> SendRepeatedlyAsync(string method, Func<JsonObject> parameters, CancellationToken cancellationToken)
    {
        for (int losses = 0; ; losses++)
        {
            var connection = await _connection.GetAsync(cancellationToken);
            try
            {
                return await SendAsync(connection, method, parameters(), NextId(), cancellationToken);
            }
            catch (ConnectionLostException) when (losses < LossesMax)
            {
                // The next connection may be there at once or after a while: opening it has its own pauses.
            }
            catch (ConnectionLostException)
            {
                throw new UnansweredException($"The daemon went away each time it was asked ({LossesMax} times). 'mcpworkers daemon logs' may say why.");
            }
        }
    }

    private static async Task<JsonNode> SendAsync(
        DoorConnection connection, string method, JsonObject parameters, string id, CancellationToken cancellationToken)
    {
        try
        {
            return await connection.SendAsync(method, parameters, id, cancellationToken);
        }
        catch (McpException refused)
        {
            string message = refused.Message.StartsWith(LibraryPrefix, StringComparison.Ordinal) ? refused.Message[LibraryPrefix.Length..] : refused.Message;
            throw new RefusedException(RefusalCode.InvalidArgument, message);
        }
    }
}
