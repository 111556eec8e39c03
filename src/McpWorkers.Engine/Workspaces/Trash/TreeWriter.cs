using McpWorkers.Engine.Workspaces.Files;

namespace McpWorkers.Engine.Workspaces.Trash;

/// <summary>Writes files below a few directories, by the names that these have in a snapshot.</summary>
/// <param name="roots">By name: the directory, or the one file, on disk. Those above exist or are made.</param>
internal sealed class TreeWriter(IReadOnlyDictionary<string, string> roots) : IDisposable
{
    private const int Executable = 0b111_101_101;
    private const int Plain = 0b110_100_100;

    /// <summary>The way to the directory of the last file: the next is mostly there too.</summary>
    private readonly List<(string Path, OpenDirectory Directory)> _open = [];

    public bool Takes(string path) => roots.ContainsKey(RootOf(path));

    public void MakeDirectory(string path)
    {
        if (Takes(path))
        {
            Enter(path);
        }
    }

    public async Task WriteAsync(string path, SnapshotFile file, Stream content, CancellationToken cancellationToken)
    {
        var (directory, name) = Place(path);
        if (file.IsLink)
        {
            using var target = new MemoryStream();
            await content.CopyToAsync(target, cancellationToken);
            directory.Link(name, RawName.Of(target.ToArray()));
            return;
        }

        if (path == RootOf(path))
        {
            // A log that git itself began anew a moment ago.
            directory.Delete(name, isDirectory: false);
        }

        await using (var stream = new FileStream(directory.Create(name), FileAccess.Write, bufferSize: 0))
        {
            await content.CopyToAsync(stream, cancellationToken);
        }

        directory.SetMode(name, file.Mode == "100755" ? Executable : Plain);
    }

    public void SetMode(string path, int mode)
    {
        if (!Takes(path))
        {
            return;
        }

        var (directory, name) = Place(path);
        if (directory.Look(name) is { Kind: FileKind.File or FileKind.Directory })
        {
            directory.SetMode(name, mode);
        }
    }

    public void Sync()
    {
        foreach (string root in roots.Values)
        {
            using var directory = OpenDirectory.Open(LinkedPath.Resolve(Path.GetDirectoryName(root)!));
            directory.Sync();
        }
    }

    public void Dispose() => Leave(0);

    private static string RootOf(string path) => path.Split('/', 2)[0];

    private (OpenDirectory Directory, string Name) Place(string path)
    {
        int slash = path.LastIndexOf('/');
        if (slash >= 0)
        {
            return (Enter(path[..slash]), path[(slash + 1)..]);
        }

        // A root itself: what is above it is no part of the snapshot.
        Leave(0);
        string root = roots[path];
        var above = OpenDirectory.Open(LinkedPath.Resolve(Directory.CreateDirectory(Path.GetDirectoryName(root)!).FullName));
        _open.Add(("/", above));
        return (above, RawName.FromText(Path.GetFileName(root)));
    }

    private OpenDirectory Enter(string path)
    {
        while (_open.Count > 0 && !RawName.IsWithin(path, _open[^1].Path))
        {
            Leave(_open.Count - 1);
        }

        if (_open.Count == 0)
        {
            string name = RootOf(path);
            using (var above = OpenDirectory.Open(LinkedPath.Resolve(Directory.CreateDirectory(Path.GetDirectoryName(roots[name])!).FullName)))
            {
                _open.Add((name, Made(above, RawName.FromText(Path.GetFileName(roots[name])))));
            }
        }

        foreach (string part in path[_open[^1].Path.Length..].Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            _open.Add((RawName.Join(_open[^1].Path, part), Made(_open[^1].Directory, part)));
        }

        return _open[^1].Directory;
    }

    /// <summary>The mode does not hang on this process's umask; the other ones are set at the end.</summary>
    private static OpenDirectory Made(OpenDirectory above, string name)
    {
        bool isNew = above.Look(name) is null;
        var made = above.Make(name);
        if (isNew)
        {
            above.SetMode(name, Executable);
        }

        return made;
    }

    private void Leave(int count)
    {
        while (_open.Count > count)
        {
            _open[^1].Directory.Dispose();
            _open.RemoveAt(_open.Count - 1);
        }
    }
}
