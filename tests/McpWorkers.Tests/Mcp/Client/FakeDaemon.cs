using System.IO.Pipelines;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using McpWorkers.Mcp;
using Xunit;

namespace McpWorkers.Tests.Mcp.Client;

/// <summary>A daemon that does what the test says, word for word, and is gone when the test says so. Each opening of its door is another life of it.</summary>
internal sealed class FakeDaemon : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly Channel<FakeConnection> _connections = Channel.CreateUnbounded<FakeConnection>();
    private readonly List<FakeConnection> _all = [];

    /// <summary>How often the door was opened.</summary>
    public int Opened => _all.Count;

    /// <summary>What the door says instead of opening; null to open.</summary>
    public Exception? Shut { get; set; }

    public Task<Stream> OpenAsync(CancellationToken cancellationToken)
    {
        if (Shut is { } refusal)
        {
            throw refusal;
        }

        var connection = new FakeConnection();
        _all.Add(connection);
        Assert.True(_connections.Writer.TryWrite(connection));
        return Task.FromResult<Stream>(connection.ClientEnd);
    }

    /// <summary>The next connection, its handshake done.</summary>
    public async Task<FakeConnection> AcceptAsync()
    {
        var connection = await _connections.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Limit);
        await connection.GreetAsync();
        return connection;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _all)
        {
            await connection.CloseAsync();
        }
    }
}

/// <summary>The daemon's end of one connection.</summary>
internal sealed class FakeConnection
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly Pipe _toDaemon = new();
    private readonly Pipe _toClient = new();
    private readonly StreamReader _reader;

    public FakeConnection()
    {
        _reader = new(_toDaemon.Reader.AsStream());
        ClientEnd = new PassingStream(_toClient.Reader.AsStream(), _toDaemon.Writer.AsStream());
    }

    public Stream ClientEnd { get; }

    public async Task GreetAsync()
    {
        var opening = await ReadAsync();
        Assert.Equal("initialize", opening["method"]!.ToString());
        await AnswerAsync(opening, new()
        {
            ["protocolVersion"] = opening["params"]!["protocolVersion"]!.DeepClone(),
            ["capabilities"] = new JsonObject { ["tools"] = new JsonObject(), ["resources"] = new JsonObject() },
            ["serverInfo"] = new JsonObject { ["name"] = "fake", ["version"] = "1" },
        });
        Assert.Equal("notifications/initialized", (await ReadAsync())["method"]!.ToString());
    }

    public async Task<JsonNode> ReadAsync()
    {
        string? line = await _reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Limit);
        Assert.NotNull(line);
        return JsonNode.Parse(line)!;
    }

    /// <summary>The next request, which must be a call of this tool.</summary>
    public async Task<JsonNode> ReadCallAsync(string tool)
    {
        var request = await ReadAsync();
        Assert.Equal(("tools/call", tool), (request["method"]!.ToString(), request["params"]?["name"]?.ToString()));
        return request;
    }

    /// <summary>The next request, which must read this resource.</summary>
    public async Task<JsonNode> ReadReadAsync(string uri)
    {
        var request = await ReadAsync();
        Assert.Equal(("resources/read", uri), (request["method"]!.ToString(), request["params"]?["uri"]?.ToString()));
        return request;
    }

    public Task AnswerAsync(JsonNode request, JsonObject result) =>
        SayAsync(new JsonObject { ["jsonrpc"] = "2.0", ["id"] = request["id"]!.DeepClone(), ["result"] = result }.ToJsonString());

    /// <summary>Answers a tool's call: a list goes under <c>result</c>, as the tools have it.</summary>
    public Task AnswerCallAsync(JsonNode request, JsonNode answer) => AnswerAsync(request, new()
    {
        ["content"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = answer.ToJsonString() }),
        ["structuredContent"] = answer is JsonObject ? answer : new JsonObject { ["result"] = answer },
    });

    public Task AnswerReadAsync(JsonNode request, string text, JsonObject? meta = null) => AnswerAsync(request, new()
    {
        ["contents"] = new JsonArray(new JsonObject { ["uri"] = request["params"]!["uri"]!.ToString(), ["text"] = text, ["_meta"] = meta }),
    });

    public Task AcceptRunsAsync(JsonNode request, params (string RunId, string WorkerId)[] runs) => SayAsync(new JsonObject
    {
        ["jsonrpc"] = "2.0",
        ["method"] = "notifications/mcpworkers/accepted",
        ["params"] = new JsonObject
        {
            ["request_id"] = request["id"]!.DeepClone(),
            ["runs"] = new JsonArray([.. runs.Select(run => (JsonNode)new JsonObject { ["run_id"] = run.RunId, ["worker_id"] = run.WorkerId })]),
        },
    }.ToJsonString());

    public async Task SayAsync(string line)
    {
        await _toClient.Writer.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"));
        await _toClient.Writer.FlushAsync();
    }

    /// <summary>The daemon is gone, without a word.</summary>
    public async Task CloseAsync()
    {
        await _toClient.Writer.CompleteAsync();
        await _toDaemon.Reader.CompleteAsync();
    }
}
