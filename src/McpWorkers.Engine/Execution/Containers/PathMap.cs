namespace McpWorkers.Engine.Execution.Containers;

/// <summary>
/// Our paths as the engine knows them: the same, unless this host runs in a container itself and the engine outside of it.
/// </summary>
/// <param name="entries">Absolute directories, ours → the engine's.</param>
internal sealed class PathMap(IReadOnlyDictionary<string, string> entries)
{
    public static PathMap Same { get; } = new(new Dictionary<string, string>());

    public string ToEngine(string path)
    {
        // The innermost directory decides.
        foreach (var (ours, theirs) in entries.OrderByDescending(entry => entry.Key.Length))
        {
            string directory = ours.TrimEnd('/');
            if (path == directory || path.StartsWith(directory + "/", StringComparison.Ordinal))
            {
                return theirs.TrimEnd('/') + path[directory.Length..];
            }
        }

        return path;
    }
}
