using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Daemon.Client;

/// <summary>Starts a daemon in the background and waits until it answers.</summary>
internal static class DaemonStart
{
    /// <summary>The hidden command that is the daemon, after this program's own words.</summary>
    public static IReadOnlyList<string> Command { get; } = ["daemon", "run"];

    /// <summary>One that dies without a word may have been killed, by the system too; one that does so each time is broken.</summary>
    private const int DeathsMax = 3;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LookAtProcess = TimeSpan.FromMilliseconds(500);

    /// <summary>Called with the start lock held. Null where the time ran out.</summary>
    /// <exception cref="RefusedException">It could not start; the message is the daemon's own.</exception>
    public static async Task<OpenDoor?> RunAsync(DoorRequest request, TimeSpan limit, CancellationToken cancellationToken)
    {
        // Another client may have started it between our look and our lock.
        if (await DaemonConnection.TryAsync(request, cancellationToken) is { } there)
        {
            return there;
        }

        var directory = DataDirectory.PathsOf(request.DataDirectory);
        string report = StartReport.PathIn(directory);
        File.Delete(report);
        long begun = request.Time.GetTimestamp();
        var process = StartProcess(request, directory, report);
        long looked = begun;
        int deaths = 0;
        while (request.Time.GetElapsedTime(begun) < limit)
        {
            if (await DaemonConnection.TryAsync(request, cancellationToken) is { } door)
            {
                return door with { Started = true };
            }

            StartReport.ThrowIfAny(report);
            if (request.Time.GetElapsedTime(looked) >= LookAtProcess)
            {
                looked = request.Time.GetTimestamp();
                if (process.HasEnded)
                {
                    // Its last words may have come between the two looks.
                    StartReport.ThrowIfAny(report);
                    if (++deaths == DeathsMax)
                    {
                        throw new RefusedException(
                            RefusalCode.Unsupported,
                            $"The daemon ended as soon as it was started, without a word, {DeathsMax} times. Its log may say more: {directory.LogPath}");
                    }

                    process = StartProcess(request, directory, report);
                }
            }

            await Task.Delay(Pause, request.Time, cancellationToken);
        }

        return null;
    }

    private static DetachedProcess StartProcess(DoorRequest request, DataDirectory directory, string report)
    {
        // What a daemon that was killed had been told holds for the next one: its clients did not change their minds.
        var arguments = request.Arguments ?? DaemonInfo.Read(directory)?.Arguments ?? DaemonArguments.None;
        if (request.ConfigPath is { } path)
        {
            arguments = arguments with { ConfigPath = path };
        }

        string[] words = [.. request.Program, .. Command, "--data-dir", request.DataDirectory, "--report", report, .. arguments.ToWords()];
        try
        {
            return DetachedProcess.Start(words, DaemonHeap.AddTo(request.Environment), directory.LogPath);
        }
        catch (LaunchException e)
        {
            throw new RefusedException(RefusalCode.Unsupported, $"The daemon could not be started: {e.Message}");
        }
    }
}
