using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>Kills what carries an owner's marker although none of its run directories accounts for it.</summary>
public static class ProcessSweep
{
    /// <summary>Returns how many processes were killed.</summary>
    /// <param name="ownerMark">The part of the marker that all runs of the owner share.</param>
    public static int KillAllOf(string ownerMark)
    {
        var left = ProcessTable.WithVariable(
            ownerMark, assignment => assignment.StartsWith($"{RunMarker.Variable}={RunMarker.Of(ownerMark, "")}", StringComparison.Ordinal));
        RunProcesses.Signal(left, StopSignal.Kill);
        return left.Count;
    }
}
