namespace McpWorkers.Engine.Workspaces.Changes;

/// <summary>Lock files of git commands that were killed with their run: git itself never removes them.</summary>
internal static class LeftLocks
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Waits for locks on a worktree to go, and removes those that do not: the run is over and nothing of it is left, and what such a file
    /// holds is the half of a copy.
    /// </summary>
    /// <returns>A note for each that was removed.</returns>
    public static async Task<IReadOnlyList<string>> ClearAsync(Workspace workspace, CancellationToken cancellationToken)
    {
        string[] locks = [
            Path.Combine(workspace.GitDirectory, "index.lock"),
            Path.Combine(workspace.GitDirectory, "HEAD.lock"),
            Path.Combine(workspace.CommonDirectory, workspace.Branch + ".lock"),
        ];
        for (var waited = TimeSpan.Zero; waited < Patience && locks.Any(File.Exists); waited += Pause)
        {
            await Task.Delay(Pause, cancellationToken);
        }

        var notes = new List<string>();
        foreach (string path in locks.Where(File.Exists))
        {
            File.Delete(path);
            notes.Add($"The lock '{path}', left behind by a git command that was killed, was removed.");
        }

        return notes;
    }
}
