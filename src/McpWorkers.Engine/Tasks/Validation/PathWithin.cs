namespace McpWorkers.Engine.Tasks.Validation;

/// <summary>Whether one path lies in another. Both absolute, with every link resolved.</summary>
internal static class PathWithin
{
    /// <summary>Also where they are the same. 'app-evil' is not in 'app'.</summary>
    public static bool IsWithin(string path, string directory)
    {
        string parent = directory.TrimEnd(Path.DirectorySeparatorChar);
        return path.TrimEnd(Path.DirectorySeparatorChar) == parent || path.StartsWith(parent + Path.DirectorySeparatorChar, StringComparison.Ordinal);
    }
}
