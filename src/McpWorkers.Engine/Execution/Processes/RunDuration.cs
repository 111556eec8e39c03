namespace McpWorkers.Engine.Execution.Processes;

/// <summary>How long a run took, told from what its directory holds, so that every observer says the same, also one that comes late.</summary>
internal sealed class RunDuration(LaunchRecord launch, RunFiles files, bool sameBoot)
{
    /// <summary>By the clock since boot where the wrapper has noted it; else by the times of the files. Never negative.</summary>
    public TimeSpan Until((int Code, double? Uptime)? exit)
    {
        if (exit is (_, { } ended) && launch.StartedUptime is { } started && ended >= started)
        {
            return TimeSpan.FromSeconds(ended - started);
        }

        // The wall clock may have been set meanwhile: no more than has passed since the launch, as far as that is known.
        var byFiles = LastWrite(exit is not null) - launch.Started;
        var passed = sameBoot ? launch.Age : TimeSpan.MaxValue;
        return byFiles < TimeSpan.Zero ? TimeSpan.Zero : byFiles > passed ? passed : byFiles;
    }

    /// <summary>When the exit status was written, else when anything was.</summary>
    private DateTimeOffset LastWrite(bool hasExit)
    {
        string[] witnesses = hasExit ? [files.Exit] : [files.Stdout, files.Stderr, files.Stop, files.Pid];
        return witnesses.Where(File.Exists).Select(path => new DateTimeOffset(File.GetLastWriteTimeUtc(path), TimeSpan.Zero))
            .DefaultIfEmpty(launch.Started).Max();
    }
}
