namespace McpWorkers.Engine.Workspaces;

/// <summary>Paths in which every link is resolved, so that they can be compared component by component.</summary>
internal static class LinkedPath
{
    private const int LinksMax = 40;

    /// <summary>The absolute path with all links on the way resolved. What does not exist stays as it is.</summary>
    /// <exception cref="IOException">The links go round in a circle.</exception>
    public static string Resolve(string path)
    {
        int links = 0;
        string resolved = Path.GetPathRoot(Path.GetFullPath(path))!;
        var parts = new Stack<string>(Parts(Path.GetFullPath(path)).Reverse());
        while (parts.TryPop(out string? part))
        {
            string next = Path.Combine(resolved, part);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                resolved = next;
                continue;
            }

            if (++links > LinksMax)
            {
                throw new IOException($"The links of '{path}' go round in a circle.");
            }

            string whole = Path.GetFullPath(target, resolved);
            resolved = Path.GetPathRoot(whole)!;
            foreach (string each in Parts(whole).Reverse())
            {
                parts.Push(each);
            }
        }

        return resolved;
    }

    /// <summary>Whether a path is this directory or something in it, both resolved. 'ws-evil' is not in 'ws'.</summary>
    public static bool IsWithin(string path, string directory) =>
        path == directory || path.StartsWith(directory.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static string[] Parts(string path) =>
        path[Path.GetPathRoot(path)!.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries);
}
