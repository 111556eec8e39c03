using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Daemon.Client;

/// <summary>The way of every client to the daemon: connects, starts it where none runs, and has an older one make room.</summary>
internal static class DaemonDoor
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    /// <summary>A duplex stream that speaks MCP, the hello done.</summary>
    /// <exception cref="RefusedException">It could not be started, or it does not let this client in; the message has the daemon's own reason.</exception>
    /// <exception cref="NoDaemonException">None runs, and the request does not want one started.</exception>
    public static async Task<OpenDoor> OpenAsync(DoorRequest request, CancellationToken cancellationToken)
    {
        long begun = request.Time.GetTimestamp();
        while (true)
        {
            if (await DaemonConnection.TryAsync(request, cancellationToken) is { } door)
            {
                // Read before it goes: what it was told holds for the one after it.
                var inherited = DaemonDeparture.ArgumentsOf(request);
                if (await JudgeAsync(door, request, cancellationToken) is { } fitting)
                {
                    return fitting;
                }

                request = request with { Arguments = request.Arguments ?? inherited };
            }
            else if (!request.MayStart)
            {
                throw new NoDaemonException($"No daemon runs for '{request.DataDirectory}'.");
            }
            else if (StartLock.TryTake(request.DataDirectory) is { } starting)
            {
                using (starting)
                {
                    var left = request.Patience - request.Time.GetElapsedTime(begun);
                    if (await DaemonStart.RunAsync(request, left, cancellationToken) is { } started)
                    {
                        return started;
                    }
                }
            }

            if (request.Time.GetElapsedTime(begun) >= request.Patience)
            {
                throw TooSlow(request);
            }

            await Task.Delay(Pause, request.Time, cancellationToken);
        }
    }

    public static RefusedException TooSlow(DoorRequest request) => new(
        RefusalCode.Unsupported,
        $"The daemon for '{request.DataDirectory}' did not come up within {request.Patience.TotalSeconds:0} s. See its log: "
        + DataDirectory.PathsOf(request.DataDirectory).LogPath);

    /// <summary>The door where this daemon will do; null where it makes room for a newer one.</summary>
    private static async Task<OpenDoor?> JudgeAsync(OpenDoor door, DoorRequest request, CancellationToken cancellationToken)
    {
        try
        {
            switch (request.Version.Judge(door.Daemon.Version))
            {
                case DaemonFit.TooNew:
                    throw new RefusedException(
                        RefusalCode.Unsupported,
                        $"The daemon that runs (pid {door.Daemon.Pid}) is version {door.Daemon.Version.Program}, which this version {request.Version.Program} cannot talk to. "
                        + "Use the newer mcpworkers, or end that daemon with it: mcpworkers daemon stop.");
                case DaemonFit.Older when request.MayStart:
                    await new DaemonControl(door, request.Time).ReplaceAsync(restart: false, cancellationToken);
                    door.Dispose();
                    return null;
            }

            // The same path asks for what is in force: an MCP host starts its client with it again and again.
            if (!request.TakesAnySettings && request.ConfigPath is { } asked && asked != door.Daemon.ConfigPath)
            {
                throw new RefusedException(
                    RefusalCode.InvalidSettings,
                    $"A daemon runs already (pid {door.Daemon.Pid}), {(door.Daemon.ConfigPath is { } used ? $"with the settings '{used}'" : "without --config")}; "
                    + $"its settings hold for all its clients, and '{asked}' was not read. To have it read them (its runs go on): mcpworkers daemon restart --config {asked}");
            }

            return door;
        }
        catch
        {
            door.Dispose();
            throw;
        }
    }
}
