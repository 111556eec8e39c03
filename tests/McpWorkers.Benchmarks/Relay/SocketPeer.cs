using System.Collections.Concurrent;
using System.Globalization;
using McpWorkers.Daemon.Client;

namespace McpWorkers.Benchmarks.Relay;

/// <summary>A bare MCP client at the daemon's socket, without a relay between.</summary>
internal sealed class SocketPeer : IAsyncDisposable
{
    private const int AnswerBytesMax = 1024 * 1024;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, TaskCompletionSource> _waiting = [];
    private readonly SemaphoreSlim _writing = new(1);
    private readonly OpenDoor _door;
    private readonly Task _reading;
    private long _ids;

    private SocketPeer(OpenDoor door)
    {
        _door = door;
        _reading = ReadAsync();
    }

    public static async Task<SocketPeer> StartAsync(DoorRequest request)
    {
        var peer = new SocketPeer(await DaemonDoor.OpenAsync(request, CancellationToken.None));
        await peer.AskAsync("initialize", """{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"benchmark","version":"1"}}""");
        await peer._door.Stream.WriteLineAsync("""{"jsonrpc":"2.0","method":"notifications/initialized"}""", CancellationToken.None);
        return peer;
    }

    public Task CallAsync(string tool) => AskAsync("tools/call", $$"""{"name":"{{tool}}"}""");

    public async ValueTask DisposeAsync()
    {
        _door.Dispose();
        await _reading;
        _writing.Dispose();
    }

    private async Task AskAsync(string method, string parameters)
    {
        string id = Interlocked.Increment(ref _ids).ToString(CultureInfo.InvariantCulture);
        var answer = _waiting[id] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await _writing.WaitAsync(Limit);
        try
        {
            await _door.Stream.WriteLineAsync($$"""{"jsonrpc":"2.0","id":{{id}},"method":"{{method}}","params":{{parameters}}}""", CancellationToken.None);
        }
        finally
        {
            _writing.Release();
        }

        await answer.Task.WaitAsync(Limit);
    }

    private async Task ReadAsync()
    {
        try
        {
            while (await _door.Stream.ReadLineAsync(AnswerBytesMax, CancellationToken.None) is { } line)
            {
                if (System.Text.Json.Nodes.JsonNode.Parse(line)?["id"]?.ToString() is { } id && _waiting.TryRemove(id, out var answer))
                {
                    answer.SetResult();
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // Closed by us.
        }
    }
}
