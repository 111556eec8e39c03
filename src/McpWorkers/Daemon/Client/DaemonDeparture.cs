using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Daemon.Client;

/// <summary>The end of a daemon as seen from outside.</summary>
internal static class DaemonDeparture
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    /// <summary>Returns once the daemon is gone, or another one has taken its place.</summary>
    /// <exception cref="RefusedException">It is still there.</exception>
    public static async Task WaitAsync(DoorRequest request, int pid, TimeSpan limit, CancellationToken cancellationToken)
    {
        long begun = request.Time.GetTimestamp();
        while (DaemonLock.IsHeld(request.DataDirectory) && (DaemonInfo.Read(DataDirectory.PathsOf(request.DataDirectory))?.Pid ?? pid) == pid)
        {
            if (request.Time.GetElapsedTime(begun) >= limit)
            {
                throw new RefusedException(
                    RefusalCode.Unsupported,
                    $"The daemon (pid {pid}) was asked to leave and is still there after {limit.TotalSeconds:0} s. See its log: mcpworkers daemon logs. To end it: kill {pid}");
            }

            await Task.Delay(Pause, request.Time, cancellationToken);
        }
    }

    /// <summary>With what the daemon that runs now was started.</summary>
    public static DaemonArguments ArgumentsOf(DoorRequest request) =>
        DaemonInfo.Read(DataDirectory.PathsOf(request.DataDirectory))?.Arguments ?? DaemonArguments.None;
}
