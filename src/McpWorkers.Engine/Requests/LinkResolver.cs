namespace McpWorkers.Engine.Requests;

/// <summary>Where a path really leads.</summary>
internal static class LinkResolver
{
    private const int LinksMax = 40;

    /// <summary>With every link followed, also where the last parts do not exist yet. A <c>..</c> after a link leads to the parent of where it leads to.</summary>
    /// <param name="path">Absolute.</param>
    /// <returns>Null where it cannot be told: a loop, no right to look, no absolute path.</returns>
    public static string? Resolve(string path)
    {
        try
        {
            return Path.IsPathFullyQualified(path) ? Resolve(path, 0) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    private static string? Resolve(string path, int followed)
    {
        if (followed > LinksMax)
        {
            return null;
        }

        string root = Path.GetPathRoot(path)!;
        string resolved = root;
        string[] parts = path[root.Length..].Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i < parts.Length; i++)
        {
            if (parts[i] == ".")
            {
                continue;
            }

            if (parts[i] == "..")
            {
                resolved = Path.GetDirectoryName(resolved) ?? root;
                continue;
            }

            string next = Path.Combine(resolved, parts[i]);
            if (new FileInfo(next).LinkTarget is { } target)
            {
                return Resolve(Path.Combine([resolved, target, .. parts[(i + 1)..]]), followed + 1);
            }

            resolved = next;
        }

        return resolved;
    }
}
