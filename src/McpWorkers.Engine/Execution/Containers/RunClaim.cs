using McpWorkers.Engine.Execution.Processes;

namespace McpWorkers.Engine.Execution.Containers;

/// <summary>Whether a wrapper has begun, once it is sure that none can begin any more.</summary>
internal static class RunClaim
{
    private static readonly TimeSpan PidPatience = TimeSpan.FromSeconds(1);

    /// <param name="directory">What the wrapper shares with us.</param>
    public static bool IsTaken(RunFiles files, string directory)
    {
        if (RunFiles.LengthOf(files.Pid) > 0)
        {
            return true;
        }

        string claim = Path.Combine(directory, ContainerWrapper.StartedFile);
        try
        {
            // The tombstone: a wrapper that comes late finds it and does not start its command.
            RunFiles.Create(claim, "");
            return false;
        }
        catch (DirectoryNotFoundException)
        {
            // It was not given to the container yet, or is gone with its end.
            return RunFiles.LengthOf(files.Pid) > 0;
        }
        catch (IOException) when (Path.Exists(claim))
        {
            // Somebody's tombstone, or a wrapper that is about to say who it is; one that cannot does not start.
            return SpinWait.SpinUntil(() => RunFiles.LengthOf(files.Pid) > 0, PidPatience);
        }
    }
}
