namespace McpWorkers.Engine.Workspaces.Setup;

/// <summary>Copies a file or a directory with all in it. Links are copied as links.</summary>
internal static class CopiedTree
{
    /// <param name="from">A file, directory or link.</param>
    /// <param name="to">Not there yet; the directory above it is.</param>
    /// <param name="top">Resolved: refuses links that would mean something else from another such top; null where that is judged already.</param>
    /// <exception cref="IOException">It cannot be copied, or holds such a link.</exception>
    public static void Copy(string from, string to, string? top, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (new FileInfo(from).LinkTarget is { } target)
        {
            // A whole path out of the workspace, such as of an interpreter, means the same in every copy; one into it does not.
            if (top is not null && Path.IsPathRooted(target) == LinkedPath.IsWithin(Path.GetFullPath(target, Path.GetDirectoryName(from)!), top))
            {
                throw new IOException($"The link '{from}' would not lead to the same from elsewhere.");
            }

            File.CreateSymbolicLink(to, target);
        }
        else if (Directory.Exists(from))
        {
            Directory.CreateDirectory(to);
            foreach (string each in Directory.EnumerateFileSystemEntries(from))
            {
                Copy(each, Path.Combine(to, Path.GetFileName(each)), top, cancellationToken);
            }

            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(to, File.GetUnixFileMode(from) | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.UserRead);
            }
        }
        else
        {
            File.Copy(from, to);
        }
    }
}
