using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>
/// The runs that were started from within a run, by the same owner: they end with it. A signal reaches their processes at once, so the
/// reason must stand in their directories before it is sent: else their ends would look like their agents' own doing.
/// </summary>
internal static class NestedRuns
{
    private static readonly StopReason Reason = new(StopKind.OwnerEnded, "the run that had spawned it ended");

    /// <param name="runDirectory">Of the run around; the others stand beside it.</param>
    /// <param name="marker">Of the run around.</param>
    public static void NoteStop(string runDirectory, string marker, DateTimeOffset now)
    {
        string owner = marker[..marker.LastIndexOf('/')];
        var within = ProcessTable.Marked(RunMarker.Of(owner, ""))
            .Where(process => process.Assignments.Any(assignment => assignment.Contains($":{marker}:", StringComparison.Ordinal)))
            .Select(process => process.Assignments.Where(RunMarker.IsOwn).Select(assignment => RunMarker.RunOf(assignment, owner)).FirstOrDefault())
            .OfType<string>()
            .Distinct();
        foreach (string run in within)
        {
            var files = new RunFiles(Path.Combine(Path.GetDirectoryName(runDirectory)!, run));
            if (Directory.Exists(files.Directory))
            {
                Note(files, now);
            }
        }
    }

    private static void Note(RunFiles files, DateTimeOffset now)
    {
        try
        {
            StopRecord.TryWrite(files.Stop, Reason, now);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It ends all the same; its outcome then names the signal.
        }
    }
}
