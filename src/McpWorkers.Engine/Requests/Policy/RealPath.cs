namespace McpWorkers.Engine.Requests.Policy;

/// <summary>Follows links as the kernel does: part by part, <c>..</c> after the link before it.</summary>
internal static class RealPath
{
    /// <summary>As the kernel's own limit.</summary>
    private const int LinksMax = 40;

    /// <returns>Null for a path that is not absolute, for too many links, and where a part may not be looked at.</returns>
    public static string? Of(string path)
    {
        if (!Path.IsPathRooted(path))
        {
            return null;
        }

        var parts = new Stack<string>(Parts(path).Reverse());
        string reached = Path.GetPathRoot(path)!;
        int links = 0;
        while (parts.TryPop(out string? part))
        {
            if (part == "..")
            {
                reached = Path.GetDirectoryName(reached) ?? reached;
                continue;
            }

            string next = Path.Combine(reached, part);
            if (!TryTarget(next, out string? target) || (target is not null && ++links > LinksMax))
            {
                return null;
            }

            if (target is null)
            {
                reached = next;
                continue;
            }

            foreach (string further in Parts(target).Reverse())
            {
                parts.Push(further);
            }

            reached = Path.IsPathRooted(target) ? Path.GetPathRoot(target)! : reached;
        }

        return reached;
    }

    private static IEnumerable<string> Parts(string path) =>
        path[(Path.GetPathRoot(path)?.Length ?? 0)..]
            .Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries)
            .Where(part => part != ".");

    /// <param name="target">Null for what is no link, or does not exist.</param>
    private static bool TryTarget(string path, out string? target)
    {
        try
        {
            target = new FileInfo(path).LinkTarget;
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            target = null;
            return false;
        }
    }
}
