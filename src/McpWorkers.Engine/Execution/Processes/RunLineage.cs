namespace McpWorkers.Engine.Execution.Processes;

/// <summary>Which runs a run is started within: what a host needs that launches on behalf of somebody who is himself in a run.</summary>
public static class RunLineage
{
    /// <summary>For <see cref="CommandLaunch.Lineage"/> of a run that is asked for from within the run of this directory.</summary>
    /// <exception cref="LaunchException">The directory holds no launch.</exception>
    public static string Within(string runDirectory)
    {
        var outer = LaunchRecord.Read(new RunFiles(runDirectory).Launch);
        return RunMarker.LineageWithin(outer.Marker, outer.Lineage)!;
    }
}
