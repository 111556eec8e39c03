using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using McpWorkers.Daemon;
using McpWorkers.Engine.Model;
using McpWorkers.Mcp;
using McpWorkers.Tests.Cli;
using Xunit;

namespace McpWorkers.Tests.Voice;

/// <summary>Whatever an agent writes to the daemon with its run's token is answered, and the connection goes on.</summary>
public sealed class RunSessionTests
{
    private const int Limit = 30_000;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory(Timeout = Limit)]
    [InlineData("nonsense", -32700, null)]
    [InlineData("{\"id\":1,\"method\":\"run/echo\"", -32700, null)]
    [InlineData("{\"id\":1,\"id\":2,\"method\":\"run/echo\"}", -32700, null)]
    [InlineData("[]", -32600, null)]
    [InlineData("null", -32600, null)]
    [InlineData("{\"id\":7}", -32600, "7")]
    [InlineData("{\"id\":7,\"method\":5}", -32600, "7")]
    [InlineData("{\"id\":7,\"method\":\"\\ud800\"}", -32700, "7")]
    [InlineData("{\"id\":7,\"method\":\"run/cancel\",\"params\":[]}", null, null)]
    [InlineData("{\"id\":7,\"method\":\"run/unknown\"}", -32010, "7")]
    [InlineData("{\"id\":7,\"method\":\"run/echo\",\"params\":[1]}", -32602, "7")]
    [InlineData("{\"id\":7,\"method\":\"run/echo\",\"params\":\"x\"}", -32602, "7")]
    [InlineData("{\"id\":{\"a\":1},\"method\":\"run/wrong\"}", -32602, "{\"a\":1}")]
    [InlineData("{\"id\":7,\"method\":\"run/faulty\"}", -32603, "7")]
    [InlineData("", null, null)]
    public async Task What_is_no_call_gets_an_error_and_the_next_call_is_answered(string line, int? code, string? id)
    {
        var logged = new List<string>();
        await using var talk = await Talk.BeginAsync(logged.Add);

        await talk.SendAsync(line);
        if (code is not null)
        {
            var answer = await talk.ReadAsync();
            Assert.Equal(code, (int?)answer["error"]!["code"]);
            Assert.Equal(id, answer["id"]?.ToJsonString());
            Assert.False(string.IsNullOrWhiteSpace((string?)answer["error"]!["message"]));
        }

        await talk.SendAsync("""{"id":8,"method":"run/echo","params":{"a":1}}""");
        Assert.Equal("""{"jsonrpc":"2.0","id":8,"result":{"a":1}}""", (await talk.ReadAsync()).ToJsonString());
        Assert.Equal(code == -32603 ? 1 : 0, logged.Count);
    }

    [Theory(Timeout = Limit)]
    [InlineData(RunSession.LineBytesMax + 1)]
    [InlineData((3 * RunSession.LineBytesMax) + 17)]
    public async Task A_message_that_is_too_long_is_passed_over(int length)
    {
        await using var talk = await Talk.BeginAsync(_ => { });

        await talk.SendAsync(new string('x', length));
        await talk.SendAsync("""{"id":8,"method":"run/echo"}""");

        var answer = await talk.ReadAsync();
        Assert.Equal(-32600, (int?)answer["error"]!["code"]);
        Assert.Contains("more than 2097152 bytes", (string)answer["error"]!["message"]!, StringComparison.Ordinal);
        Assert.Equal(8, (int?)(await talk.ReadAsync())["id"]);
    }

    [Fact(Timeout = Limit)]
    public async Task More_calls_than_are_held_at_once_are_refused_and_a_cancel_is_taken_all_the_same()
    {
        await using var talk = await Talk.BeginAsync(_ => { });
        for (int id = 1; id <= 64; id++)
        {
            await talk.SendAsync($$"""{"id":{{id}},"method":"run/hold"}""");
        }

        await talk.SendAsync("""{"id":65,"method":"run/echo"}""");
        var refused = await talk.ReadAsync();
        await talk.SendAsync("""{"method":"run/cancel","params":{"id":7}}""");
        await Until.TrueAsync(() => talk.Held == 63);
        await talk.SendAsync("""{"id":66,"method":"run/echo"}""");

        Assert.Equal((65, -32010), ((int?)refused["id"], (int?)refused["error"]!["code"]));
        Assert.Contains("More than 64 calls", (string)refused["error"]!["message"]!, StringComparison.Ordinal);
        Assert.Equal("""{"jsonrpc":"2.0","id":66,"result":{}}""", (await talk.ReadAsync()).ToJsonString());
    }

    [Fact(Timeout = Limit)]
    public async Task One_that_reads_no_answers_is_not_read_on_until_it_does()
    {
        const int Calls = 2000;
        var dam = new Dam();
        await using var talk = await Talk.BeginAsync(_ => { }, dam);
        int most = 0;
        talk.Echoed = echoed => most = Math.Max(most, echoed - dam.Lines);
        var sending = talk.SendAsync(string.Join('\n', Enumerable.Range(1, Calls).Select(id => $$"""{"id":{{id}},"method":"run/echo"}""")));

        // Some of them are refused, where they come in faster than they are answered.
        await Until.TrueAsync(() => Volatile.Read(ref most) >= 32);
        dam.Open();
        await sending;
        await Until.TrueAsync(() => dam.Lines == Calls);

        Assert.InRange(most, 32, 128);
    }

    [Fact(Timeout = Limit)]
    public async Task Parameters_of_another_kind_are_told_by_name()
    {
        await using var scene = await VoiceScene.StartAsync();
        var link = scene.Link();
        foreach (var (method, parameters, message) in new (string, string, string)[]
        {
            (RunMethods.Ask, """{"question":"x"}""", "key is missing"),
            (RunMethods.Ask, """{"key":1,"question":"x"}""", "key must be a text, and is no such thing: Number"),
            (RunMethods.Ask, """{"key":"k","question":{}}""", "question must be a text"),
            (RunMethods.Ask, """{"key":"k","question":"x","options":"a"}""", "options must be a list of texts"),
            (RunMethods.Ask, """{"key":"k","question":"x","options":[["a"]]}""", "options must be a list of texts"),
            (RunMethods.Ask, """{"key":"k","question":"x","hold_seconds":"long"}""", "hold_seconds must be a number"),
            (RunMethods.Permission, """{"key":"k","tool":"Bash","input":{"command":"ls"}}""", "input must be a text"),
            (RunMethods.Report, """{"text":7}""", "text must be a text"),
            (RunMethods.Report, """{"text":"x","percent":true}""", "percent must be a number"),
            (RunMethods.Share, """{"path":null}""", "path is missing"),
            (RunMethods.Share, """{"path":"x","description":[]}""", "description must be a text"),
        })
        {
            var refused = await Assert.ThrowsAsync<RefusedException>(
                () => link.CallAsync(method, JsonNode.Parse(parameters)!.AsObject(), TimeSpan.FromSeconds(20), VoiceScene.Cancellation));
            Assert.Contains(message, refused.Message, StringComparison.Ordinal);
        }

        Assert.Null(scene.Manager.Requests.PendingOf(scene.RunId));
    }

    /// <summary>Both ends of a connection, with a session at the one.</summary>
    private sealed class Talk : IAsyncDisposable
    {
        private readonly SocketStream _server;
        private readonly SocketStream _client;
        private readonly RunSession _session;
        private readonly Task _serving;

        private int _held;
        private int _echoed;

        private Talk(Socket server, Socket client, Action<string> log, Stream? output)
        {
            _server = new(server);
            _client = new(client);
            _session = new(output ?? _server, Methods, log);
            _serving = _session.RunAsync(_server, Cancellation);
        }

        /// <summary>How many calls are held now.</summary>
        public int Held => Volatile.Read(ref _held);

        /// <summary>Told how often it was asked for an echo, each time.</summary>
        public Action<int> Echoed { get; set; } = _ => { };

        private Dictionary<string, SessionMethod> Methods => new()
        {
            ["run/echo"] = (parameters, _) =>
            {
                lock (_server)
                {
                    Echoed(++_echoed);
                }

                return Task.FromResult(parameters.DeepClone().AsObject());
            },
            ["run/hold"] = async (_, cancellationToken) =>
            {
                Interlocked.Increment(ref _held);
                try
                {
                    await Task.Delay(Timeout.Infinite, cancellationToken);
                    return [];
                }
                finally
                {
                    Interlocked.Decrement(ref _held);
                }
            },
            ["run/wrong"] = (_, _) => throw new RefusedException(RefusalCode.InvalidArgument, "wrong"),
            ["run/faulty"] = (_, _) => throw new InvalidOperationException("a fault"),
        };

        /// <param name="output">Where answers go instead; null for the client.</param>
        public static async Task<Talk> BeginAsync(Action<string> log, Stream? output = null)
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(listener.LocalEndpoint, Cancellation);
            return new(await listener.AcceptSocketAsync(Cancellation), client, log, output);
        }

        public async Task SendAsync(string line) => await _client.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"), Cancellation);

        public async Task<JsonObject> ReadAsync() => JsonNode.Parse((await _client.ReadLineAsync(RunSession.LineBytesMax, Cancellation))!)!.AsObject();

        public async ValueTask DisposeAsync()
        {
            _client.Dispose();
            await _serving;
            _session.Dispose();
            await _server.DisposeAsync();
        }
    }

    /// <summary>Takes nothing until it is opened, and counts lines.</summary>
    private sealed class Dam : MemoryStream
    {
        private readonly TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _lines;

        public int Lines => Volatile.Read(ref _lines);

        public void Open() => _open.SetResult();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await _open.Task.WaitAsync(cancellationToken);
            Interlocked.Increment(ref _lines);
        }
    }
}
