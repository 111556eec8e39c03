using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace McpWorkers.Benchmarks.Mcp;

/// <summary>A bare MCP client over stdio: lines of JSON-RPC to a server that it starts, answers matched by id.</summary>
internal sealed class McpPeer : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<long, TaskCompletionSource<JsonNode>> _waiting = [];
    private readonly SemaphoreSlim _writing = new(1);
    private readonly Process _process;
    private readonly Task _reading;
    private long _ids;

    private McpPeer(Process process)
    {
        _process = process;
        _reading = ReadAsync();
    }

    /// <summary>Starts the server and opens the session.</summary>
    public static async Task<McpPeer> StartAsync(string command, params string[] arguments)
    {
        var start = new ProcessStartInfo(command)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        var peer = new McpPeer(Process.Start(start)!);
        await peer.AskAsync("initialize", """{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"benchmark","version":"1"}}""");
        await peer.WriteAsync("""{"jsonrpc":"2.0","method":"notifications/initialized"}""");
        return peer;
    }

    public async Task CallAsync(string tool)
    {
        var result = await AskAsync("tools/call", $$"""{"name":"{{tool}}"}""");
        if (result["isError"]?.GetValue<bool>() == true)
        {
            throw new InvalidOperationException($"The call was refused: {result.ToJsonString()}");
        }
    }

    /// <summary>Ends the server by the end of its input.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            _process.StandardInput.Close();
            await _process.WaitForExitAsync().WaitAsync(Limit);
            await _reading;
        }
        catch (TimeoutException)
        {
            _process.Kill(entireProcessTree: true);
            throw;
        }
        finally
        {
            _process.Dispose();
            _writing.Dispose();
        }
    }

    private async Task<JsonNode> AskAsync(string method, string parameters)
    {
        long id = Interlocked.Increment(ref _ids);
        var answer = _waiting[id] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await WriteAsync(string.Create(
            CultureInfo.InvariantCulture, $$"""{"jsonrpc":"2.0","id":{{id}},"method":"{{method}}","params":{{parameters}}}"""));
        return await answer.Task.WaitAsync(Limit);
    }

    private async Task WriteAsync(string line)
    {
        await _writing.WaitAsync(Limit);
        try
        {
            await _process.StandardInput.WriteAsync(line + "\n");
            await _process.StandardInput.FlushAsync();
        }
        finally
        {
            _writing.Release();
        }
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            var message = JsonNode.Parse(line)!;
            if (message["id"] is { } id && _waiting.TryRemove(id.GetValue<long>(), out var answer))
            {
                if (message["result"] is { } result)
                {
                    answer.SetResult(result);
                }
                else
                {
                    answer.SetException(new InvalidOperationException($"The server refused: {line}"));
                }
            }
        }

        foreach (var (_, answer) in _waiting)
        {
            answer.TrySetException(new IOException("The server ended."));
        }
    }
}
