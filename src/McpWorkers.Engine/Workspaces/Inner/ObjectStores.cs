using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workspaces.Inner;

/// <summary>The directories in which a repository's objects are: its own, and those that it borrows from (gitrepository-layout(5), objects/info/alternates).</summary>
internal static class ObjectStores
{
    private const int DepthMax = 5;
    private const long ListMax = 64 * 1024;

    /// <summary>Absolute, links resolved; the repository's own first.</summary>
    /// <exception cref="RefusedException">One is no directory of objects: whatever a list in a repository names would be shown in the container.</exception>
    public static IReadOnlyList<string> Of(string commonDirectory)
    {
        var found = new List<string>();
        Add(LinkedPath.Resolve(Path.Combine(commonDirectory, "objects")), 0, commonDirectory, found);
        return found;
    }

    private static void Add(string store, int depth, string asked, List<string> found)
    {
        if (found.Contains(store))
        {
            return;
        }

        if (!IsStore(store) || store.Any(char.IsControl))
        {
            throw new RefusedException(
                RefusalCode.InvalidArgument,
                $"The repository '{asked}' borrows objects from '{store}', which is no object directory of a git repository, and so is not shown in a container. "
                + "'git repack -a -d' makes the repository whole by itself; or use the launcher 'process'.");
        }

        found.Add(store);
        var list = new FileInfo(Path.Combine(store, "info", "alternates"));
        if (depth >= DepthMax || !list.Exists || list.Length > ListMax)
        {
            return;
        }

        foreach (string line in File.ReadAllLines(list.FullName).Where(line => line.Length > 0 && line[0] is not '#'))
        {
            Add(LinkedPath.Resolve(Path.GetFullPath(line, store)), depth + 1, asked, found);
        }
    }

    /// <summary>By what is around it, too: an untrusted repository could name any directory.</summary>
    private static bool IsStore(string path) => Path.GetFileName(path) == "objects" && Directory.Exists(path) && Path.GetDirectoryName(path) is { } above
        && File.Exists(Path.Combine(above, "HEAD")) && Directory.Exists(Path.Combine(above, "refs"));
}
