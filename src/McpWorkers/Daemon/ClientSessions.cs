using System.Collections.Concurrent;
using System.Net.Sockets;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers;
using McpWorkers.Mcp;

namespace McpWorkers.Daemon;

/// <summary>The clients that are connected now.</summary>
internal sealed class ClientSessions(
    DaemonOptions options, DataDirectory directory, WorkerManager manager, ToolCatalog tools, DaemonMethods methods, DaemonLog log)
{
    private readonly ConcurrentDictionary<ClientSession, Task> _sessions = [];
    private readonly McpServerFactory _servers = new(manager, tools, log, options.Time);

    public int Count => _sessions.Count;

    /// <summary>Serves a connection until it ends.</summary>
    public void Add(Socket socket)
    {
        var session = new ClientSession(new SocketStream(socket), options, directory, log);
        if (_sessions.Count >= options.Limits.ClientsMax)
        {
            log.Add(HostLogLevel.Warn, "client_refused", $"a client was turned away: {options.Limits.ClientsMax} are connected");
            session.Dispose();
            return;
        }

        var peer = options.Peer(socket, directory);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _sessions[session] = ServeAsync(session, peer, () => options.Peer(socket, directory), begun.Task);
        begun.SetResult();
    }

    /// <summary>Says goodbye to everybody and waits until they are gone.</summary>
    public async Task LeaveAsync(LeaveReason reason)
    {
        var sessions = _sessions.ToArray();
        await Task.WhenAll(sessions.Select(session => session.Key.LeaveAsync(reason)));
        await Task.WhenAll(sessions.Select(session => session.Value));
    }

    private async Task ServeAsync(ClientSession session, DaemonPeer peer, Func<DaemonPeer> look, Task begun)
    {
        await begun;
        try
        {
            await session.RunAsync(peer, look, _servers, methods);
        }
#pragma warning disable CA1031 // One client's trouble is not the others'.
        catch (Exception e)
#pragma warning restore CA1031
        {
            log.WriteLine($"a client's connection failed: {e}");
        }
        finally
        {
            _sessions.TryRemove(session, out _);
            session.Dispose();
        }
    }
}
