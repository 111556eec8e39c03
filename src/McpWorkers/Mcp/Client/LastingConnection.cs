using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Mcp.Client;

/// <summary>Keeps a connection to the workers' host, and opens it again through its door, with back-off, when it is lost.</summary>
/// <param name="door">Opens a connection that speaks MCP; it starts the host where none runs.</param>
internal sealed class LastingConnection(Func<CancellationToken, Task<Stream>> door, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    // A daemon that adopts many runs, or an executable that is just being replaced, takes a while; a broken one takes for ever.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly SemaphoreSlim _opening = new(1, 1);
    private DoorConnection? _current;

    /// <summary>Told what runs were accepted.</summary>
    public Action<JsonNode?> Accepted { get; set; } = static _ => { };

    /// <summary>Told, in a line for a person, when the connection is lost and when it is there again.</summary>
    public Action<string> Tell { get; set; } = static _ => { };

    /// <summary>The connection; a new one where the last one was lost.</summary>
    /// <exception cref="RefusedException">The door is shut: wrong settings, no right.</exception>
    /// <exception cref="UnansweredException">There was none to be had for two minutes.</exception>
    public async Task<DoorConnection> GetAsync(CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken);
        try
        {
            if (_current is { IsLost: false } alive)
            {
                return alive;
            }

            bool again = _current is not null;
            if (_current is { StoppedOnPurpose: true })
            {
                throw new UnansweredException(
                    "The daemon was stopped. The next command that needs it starts it again; 'mcpworkers workers list' and 'tasks list' show what is there.");
            }

            if (again)
            {
                Tell("The connection to the daemon was lost; connecting again.");
                await _current!.DisposeAsync();
            }

            _current = await OpenAsync(cancellationToken);
            if (again)
            {
                Tell("Connected again.");
            }

            return _current;
        }
        finally
        {
            _opening.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_current is not null)
        {
            await _current.DisposeAsync();
        }

        _opening.Dispose();
    }

    private async Task<DoorConnection> OpenAsync(CancellationToken cancellationToken)
    {
        long begun = time.GetTimestamp();
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                return await DoorConnection.OpenAsync(door, parameters => Accepted(parameters), time, cancellationToken);
            }
            catch (Exception fault) when (IsPassing(fault) && !cancellationToken.IsCancellationRequested)
            {
                if (time.GetElapsedTime(begun) > Patience)
                {
                    throw new UnansweredException(
                        $"The daemon cannot be reached: {fault.Message} 'mcpworkers daemon logs' may say why. Runs and tasks that were accepted go on; "
                        + "'mcpworkers workers collect' and 'tasks show' fetch their results.");
                }
            }

            await Task.Delay(pause, time, cancellationToken);
        }
    }

    /// <summary>A host that ends, or one that is just being replaced, makes room for the next.</summary>
    private static bool IsPassing(Exception fault) => fault is IOException or TimeoutException or System.Net.Sockets.SocketException
        or RefusedException { Code: RefusalCode.ShuttingDown or RefusalCode.AlreadyOwned };
}
