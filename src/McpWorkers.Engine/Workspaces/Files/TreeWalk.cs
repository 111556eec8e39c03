namespace McpWorkers.Engine.Workspaces.Files;

/// <summary>One thing met on a walk.</summary>
/// <param name="Directory">What it is in; open only until the walk goes on. A walk's own top has none of its own: it is itself.</param>
/// <param name="Path">Raw, relative to the walk's top; empty for the top.</param>
internal sealed record WalkedFile(OpenDirectory Directory, string Path, string Name, FileFacts Facts, bool IsEmptyDirectory);

/// <summary>Walks a directory with all that is in it, in the order of names. Links are met and not followed.</summary>
internal static class TreeWalk
{
    /// <param name="path">Absolute.</param>
    /// <exception cref="IOException">Something cannot be read.</exception>
    public static IEnumerable<WalkedFile> Of(string path)
    {
        using var top = OpenDirectory.Open(LinkedPath.Resolve(path));
        var names = Sorted(top);
        yield return new(top, "", "", top.Facts, names.Count == 0);
        foreach (var each in Below(top, "", names))
        {
            yield return each;
        }
    }

    private static IEnumerable<WalkedFile> Below(OpenDirectory directory, string path, List<string> names)
    {
        foreach (string name in names)
        {
            // What has gone since the names were read is told by the walk that follows a snapshot.
            if (directory.Look(name) is not { } facts)
            {
                continue;
            }

            string at = RawName.Join(path, name);
            if (facts.Kind != FileKind.Directory)
            {
                yield return new(directory, at, name, facts, false);
                continue;
            }

            using var below = directory.Enter(name);
            var inside = Sorted(below);
            yield return new(directory, at, name, facts, inside.Count == 0);
            foreach (var each in Below(below, at, inside))
            {
                yield return each;
            }
        }
    }

    private static List<string> Sorted(OpenDirectory directory)
    {
        var names = directory.Names().ToList();
        names.Sort(StringComparer.Ordinal);
        return names;
    }
}
