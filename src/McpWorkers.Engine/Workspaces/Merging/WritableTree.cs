namespace McpWorkers.Engine.Workspaces.Merging;

/// <summary>Deletes directories of the host's own making in which commands may have made directories read-only, as package managers do.</summary>
internal static class WritableTree
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Links in it are deleted and not followed.</summary>
    /// <exception cref="IOException">Something in it cannot be deleted.</exception>
    public static void Delete(string directory)
    {
        if (!OperatingSystem.IsWindows())
        {
            MakeWritable(new(directory));
        }

        Directory.Delete(directory, recursive: true);
    }

    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    private static void MakeWritable(DirectoryInfo directory)
    {
        directory.UnixFileMode |= Owner;
        foreach (var inner in directory.EnumerateDirectories().Where(inner => inner.LinkTarget is null))
        {
            MakeWritable(inner);
        }
    }
}
