namespace McpWorkers.Engine.Workspaces.Files;

/// <summary>Deletes a directory with all that is in it: links as links, read-only directories too.</summary>
internal static class TreeRemoval
{
    private const int OwnerMayAll = 0b111_000_000;

    /// <param name="path">Absolute, links in what is above it resolved. Where it is not there, nothing is done.</param>
    /// <exception cref="IOException">Something could not be deleted.</exception>
    public static void Delete(string path, CancellationToken cancellationToken = default)
    {
        string parent = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(parent))
        {
            return;
        }

        using var above = OpenDirectory.Open(parent);
        Delete(above, RawName.FromText(Path.GetFileName(path)), cancellationToken);
    }

    /// <param name="from">What it is directly in.</param>
    /// <exception cref="IOException">Something could not be deleted.</exception>
    public static void Delete(OpenDirectory from, string name, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (from.Look(name) is not { } facts)
        {
            return;
        }

        if (facts.Kind != FileKind.Directory)
        {
            from.Delete(name, isDirectory: false);
            return;
        }

        if ((facts.Mode & OwnerMayAll) != OwnerMayAll)
        {
            from.SetMode(name, facts.Mode | OwnerMayAll);
        }

        using (var directory = from.Enter(name))
        {
            foreach (string each in directory.Names())
            {
                Delete(directory, each, cancellationToken);
            }
        }

        from.Delete(name, isDirectory: true);
    }
}
