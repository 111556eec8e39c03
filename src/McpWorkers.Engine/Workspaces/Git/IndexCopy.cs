namespace McpWorkers.Engine.Workspaces.Git;

/// <summary>Copies of a worktree's index, to be given to git as GIT_INDEX_FILE.</summary>
internal static class IndexCopy
{
    /// <summary>
    /// Copies with the time of the last change: by it git tells which files may have changed in the very moment in which the index was written, and
    /// reads those again (git's "racy" entries).
    /// </summary>
    public static void Make(string index, string copy)
    {
        File.Copy(index, copy);
        File.SetLastWriteTimeUtc(copy, File.GetLastWriteTimeUtc(index));
    }
}
