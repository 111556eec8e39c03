using McpWorkers.Engine.Model;

namespace McpWorkers.Daemon.Client;

/// <summary>
/// One daemon after another: the old one has left, and until the new one is there nobody else starts any, be it with other settings.
/// </summary>
internal sealed class DaemonSuccession : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LeaveLimit = TimeSpan.FromSeconds(30);

    private readonly DoorRequest _request;
    private readonly IDisposable _startLock;

    private DaemonSuccession(DoorRequest request, IDisposable startLock)
    {
        _request = request;
        _startLock = startLock;
    }

    /// <summary>Has the daemon that runs leave, if one does; its runs go on. Returns once it is gone.</summary>
    /// <param name="restart">What its clients are told.</param>
    /// <exception cref="RefusedException">It does not leave, it is newer, or somebody else is busy starting one.</exception>
    public static async Task<DaemonSuccession> BeginAsync(DoorRequest request, bool restart, CancellationToken cancellationToken)
    {
        var startLock = await TakeLockAsync(request, cancellationToken);
        try
        {
            using var door = await DaemonDoor.OpenAsync(request with { MayStart = false, ConfigPath = null }, cancellationToken);
            var arguments = DaemonDeparture.ArgumentsOf(request);
            await new DaemonControl(door, request.Time).ReplaceAsync(restart, cancellationToken);
            await DaemonDeparture.WaitAsync(request, door.Daemon.Pid, LeaveLimit, cancellationToken);
            return new(request with { Arguments = arguments }, startLock);
        }
        catch (NoDaemonException)
        {
            return new(request, startLock);
        }
        catch
        {
            startLock.Dispose();
            throw;
        }
    }

    /// <summary>Starts the new one, with what the old one was started with beside what is asked for now.</summary>
    /// <exception cref="RefusedException">It could not start.</exception>
    public async Task<OpenDoor> StartAsync(CancellationToken cancellationToken) =>
        await DaemonStart.RunAsync(_request, _request.Patience, cancellationToken) ?? throw DaemonDoor.TooSlow(_request);

    public void Dispose() => _startLock.Dispose();

    private static async Task<IDisposable> TakeLockAsync(DoorRequest request, CancellationToken cancellationToken)
    {
        long begun = request.Time.GetTimestamp();
        while (true)
        {
            if (StartLock.TryTake(request.DataDirectory) is { } taken)
            {
                return taken;
            }

            if (request.Time.GetElapsedTime(begun) >= request.Patience)
            {
                throw DaemonDoor.TooSlow(request);
            }

            await Task.Delay(Pause, request.Time, cancellationToken);
        }
    }
}
