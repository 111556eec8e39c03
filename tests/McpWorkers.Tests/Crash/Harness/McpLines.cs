using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace McpWorkers.Tests.Crash;

/// <summary>A bare MCP client over lines of JSON-RPC: to the daemon's socket, or to a relay that a test started.</summary>
internal sealed class McpLines : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<long, TaskCompletionSource<JsonNode>> _waiting = [];
    private readonly SemaphoreSlim _writing = new(1);
    private readonly Stream _input;
    private readonly Stream _output;
    private readonly Task _reading;
    private long _ids;

    private McpLines(Stream input, Stream output)
    {
        _input = input;
        _output = output;
        _reading = ReadAsync();
    }

    /// <summary>Told the progress token and the message.</summary>
    public Action<long, string>? Progress { get; set; }

    /// <summary>To the daemon that runs.</summary>
    public static async Task<McpLines> ToSocketAsync(CrashHome home, CancellationToken cancellationToken)
    {
        string path = home.DaemonInfo?["socket"]?.GetValue<string>() ?? throw new CrashFault("There is no daemon.json.");
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        var stream = new NetworkStream(socket, ownsSocket: true);
        string version = home.DaemonInfo["version"]!.GetValue<string>();
        var hello = new JsonObject
        {
            ["mcpworkers"] = "hello",
            ["protocol"] = home.DaemonInfo["protocol"]?.GetValue<int>() ?? 1,
            ["version"] = version,
            ["kind"] = "mcp",
            ["cwd"] = home.Work,
            ["environment"] = new JsonObject { ["PATH"] = Environment.GetEnvironmentVariable("PATH"), ["HOME"] = home.Root },
            ["pid"] = Environment.ProcessId,
        };
        await stream.WriteAsync(Encoding.UTF8.GetBytes(hello.ToJsonString() + "\n"), cancellationToken);
        await ReadHelloAsync(stream, cancellationToken);
        return await OpenAsync(new McpLines(stream, stream), cancellationToken);
    }

    public static Task<McpLines> ToRelayAsync(System.Diagnostics.Process relay, CancellationToken cancellationToken) =>
        OpenAsync(new McpLines(relay.StandardInput.BaseStream, relay.StandardOutput.BaseStream), cancellationToken);

    /// <summary>Calls a tool and reads its structured answer.</summary>
    /// <param name="progress">A token under which progress is told; null for none.</param>
    /// <exception cref="CrashFault">It was refused.</exception>
    /// <exception cref="IOException">The connection ended before the answer came.</exception>
    public async Task<JsonNode> CallAsync(string tool, JsonObject arguments, CancellationToken cancellationToken, long? progress = null)
    {
        var parameters = new JsonObject { ["name"] = tool, ["arguments"] = arguments };
        if (progress is { } token)
        {
            parameters["_meta"] = new JsonObject { ["progressToken"] = token };
        }

        var result = await AskAsync("tools/call", parameters, cancellationToken);
        string text = result["content"]?[0]?["text"]?.GetValue<string>() ?? "";
        return result["isError"]?.GetValue<bool>() == true && result["structuredContent"] is null
            ? throw new CrashFault($"{tool} was refused: {text}")
            : result["structuredContent"] ?? JsonNode.Parse(text)!;
    }

    public async ValueTask DisposeAsync()
    {
        await _input.DisposeAsync();
        await _output.DisposeAsync();
        await _reading;
        _writing.Dispose();
    }

    private static async Task<McpLines> OpenAsync(McpLines lines, CancellationToken cancellationToken)
    {
        await lines.AskAsync(
            "initialize",
            new JsonObject { ["protocolVersion"] = "2025-11-25", ["capabilities"] = new JsonObject(), ["clientInfo"] = new JsonObject { ["name"] = "crash", ["version"] = "1" } },
            cancellationToken);
        await lines.WriteAsync(new JsonObject { ["jsonrpc"] = "2.0", ["method"] = "notifications/initialized" }, cancellationToken);
        return lines;
    }

    private static async Task ReadHelloAsync(Stream stream, CancellationToken cancellationToken)
    {
        // Byte by byte: what follows the line feed is MCP.
        var line = new List<byte>();
        var next = new byte[1];
        while (await stream.ReadAsync(next, cancellationToken) > 0 && next[0] != '\n')
        {
            line.Add(next[0]);
        }

        string text = Encoding.UTF8.GetString([.. line]);
        if (text.Length == 0)
        {
            throw new IOException("The daemon went away before its hello.");
        }

        if (JsonNode.Parse(text)!["mcpworkers"]?.GetValue<string>() != "hello")
        {
            throw new CrashFault($"The daemon answered the hello with: {text}");
        }
    }

    private async Task<JsonNode> AskAsync(string method, JsonObject parameters, CancellationToken cancellationToken)
    {
        long id = Interlocked.Increment(ref _ids);
        var waiting = _waiting[id] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await WriteAsync(new JsonObject { ["jsonrpc"] = "2.0", ["id"] = id, ["method"] = method, ["params"] = parameters }, cancellationToken);
        if (_reading.IsCompleted)
        {
            waiting.TrySetException(new IOException("The connection has ended."));
        }

        var answer = await waiting.Task.WaitAsync(method == "tools/call" ? TimeSpan.FromMinutes(20) : Limit, cancellationToken);
        return answer["error"] is { } error ? throw new CrashFault($"{method}: {error.ToJsonString()}") : answer["result"]!;
    }

    private async Task WriteAsync(JsonObject message, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            await _input.WriteAsync(Encoding.UTF8.GetBytes(message.ToJsonString() + "\n"), cancellationToken);
            await _input.FlushAsync(cancellationToken);
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            using var reader = new StreamReader(_output, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, leaveOpen: true);
            while (await reader.ReadLineAsync() is { } line)
            {
                var message = JsonNode.Parse(line)!;
                if (message["method"]?.GetValue<string>() == "notifications/progress")
                {
                    var parameters = message["params"]!;
                    Progress?.Invoke(parameters["progressToken"]!.GetValue<long>(), parameters["message"]?.GetValue<string>() ?? "");
                }
                else if (message["id"] is JsonValue number && number.TryGetValue(out long id) && _waiting.TryRemove(id, out var waiting))
                {
                    waiting.TrySetResult(message);
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or System.Text.Json.JsonException)
        {
            // The daemon is gone, in the middle of a line perhaps.
        }

        foreach (var (_, waiting) in _waiting)
        {
            waiting.TrySetException(new IOException("The connection has ended."));
        }
    }
}
