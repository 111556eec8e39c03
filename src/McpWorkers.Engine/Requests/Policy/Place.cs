namespace McpWorkers.Engine.Requests.Policy;

/// <summary>Where a tool is used.</summary>
internal sealed class Place
{
    private readonly PathFacts _facts;
    private readonly Dictionary<string, string?> _resolved = [];

    private Place(string directory, PathFacts facts)
    {
        _facts = facts;
        Directory = directory;
        RealDirectory = Resolve(directory);
    }

    /// <summary>The working directory; whole.</summary>
    public string Directory { get; }

    /// <summary>The same with links followed; null where that cannot be told.</summary>
    public string? RealDirectory { get; }

    public string Home => _facts.HomeDirectory;

    /// <summary>Names of files that differ in case alone are the same.</summary>
    public bool IgnoresCase => PolicyPath.IsWindows(Directory);

    /// <returns>Null where the directory is not absolute.</returns>
    public static Place? Of(string directory, PathFacts facts) =>
        PolicyPath.IsAbsolute(directory) && PolicyPath.Whole(directory, directory) is { } whole ? new(whole, facts) : null;

    public Place At(string directory) => new(directory, _facts);

    /// <summary>Of an absolute path; normalised. Null where it cannot be told.</summary>
    public string? Resolve(string path)
    {
        if (_resolved.TryGetValue(path, out string? known))
        {
            return known;
        }

        return _resolved[path] = _facts.Resolve(path) is { } real ? PolicyPath.Whole(real, Directory) : null;
    }
}
