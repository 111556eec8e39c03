using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using System.Text.Json;
using McpWorkers.Engine.Workspaces.Files;
using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Trash;

/// <summary>One attempt at a snapshot: walks what there is to be kept, and gives it to git as it is met.</summary>
internal sealed class Snapshot(Workspace workspace, WorkFiles? files, HeldObjects held, TimeProvider time)
{
    /// <summary>Which no snapshot's files are under: ids that would else be garbage.</summary>
    public const string Objects = "objects";

    private const int BrokenPipe = 32; // EPIPE

    private static readonly TimeSpan Recent = TimeSpan.FromSeconds(2);

    private readonly IReadOnlyList<SnapshotRoot> _roots = SnapshotRoot.Of(workspace);
    private readonly Dictionary<string, FileFacts> _seen = [];
    private readonly Dictionary<string, string> _modes = [];
    private readonly Dictionary<string, string> _states = [];
    private readonly Dictionary<string, string> _leftOut = [];
    private readonly List<string> _empty = [];
    private readonly List<string> _nested = [];
    private readonly List<SnapshotFile> _files = [];
    private readonly DateTimeOffset _begun = time.GetUtcNow();

    /// <summary>Whether the repository has what the workspace's index names.</summary>
    public bool HasObjects { get; init; }

    public SnapshotManifest? Manifest { get; private set; }

    /// <summary>What its tree must hold, but for the <see cref="Objects"/>.</summary>
    public IReadOnlyList<SnapshotFile> Files => _files;

    /// <summary>Git ended before it had read all: what it said of that says more. An asynchronous pipe tells it by a socket's exception.</summary>
    private static bool IsOfPipe(Exception fault) => fault is IOException { HResult: BrokenPipe } or IOException { InnerException: SocketException };

    /// <exception cref="IOException">Something cannot be read.</exception>
    /// <exception cref="FileChangedException">Something changed meanwhile.</exception>
    public async Task WriteAsync(GitRepository holder, string reference, string format, string why, CancellationToken cancellationToken)
    {
        var known = (HasObjects ? files?.Index.Select(entry => entry.ObjectId) ?? [] : []).ToHashSet();
        Exception? fault = null;
        try
        {
            await holder.FeedAsync(
                ["-c", "core.fsync=all", "-c", "pack.compression=1", "-c", "fastimport.unpackLimit=1", "fast-import", "--quiet", "--done", "--force", "--depth=0"],
                async (pipe, cancel) =>
                {
                    try
                    {
                        await using var buffered = new BufferedStream(pipe, 1 << 18);
                        await WriteAsync(new SnapshotFeed(buffered, format, known), reference, why, cancel);
                    }
                    catch (Exception e)
                    {
                        // It lacks the end that git was told to wait for, so git makes nothing of it.
                        fault = e;
                    }
                },
                cancellationToken);
        }
        catch (GitException) when (fault is not null && !IsOfPipe(fault))
        {
            ExceptionDispatchInfo.Throw(fault);
        }
    }

    /// <exception cref="FileChangedException">Something is not as it was when it was read.</exception>
    public void CheckUnchanged(string format)
    {
        if (!SnapshotRoot.Of(workspace).SequenceEqual(_roots))
        {
            throw new FileChangedException(SnapshotRoot.Work);
        }

        int count = 0;
        foreach (var (path, file) in _roots.SelectMany(Met))
        {
            if (!IsSame(path, file, format))
            {
                throw new FileChangedException(path);
            }

            count++;
        }

        if (count != _seen.Count)
        {
            throw new FileChangedException(SnapshotRoot.Work);
        }
    }

    private async Task WriteAsync(SnapshotFeed feed, string reference, string why, CancellationToken cancellationToken)
    {
        string[] parents = [.. new[] { held.Head }.OfType<string>().Concat(held.Unheld).Distinct()];
        await feed.BeginAsync(reference, _begun, $"Snapshot of {workspace.Id}: {why}\n", parents, cancellationToken);
        foreach (var root in _roots)
        {
            foreach (var (path, file) in Met(root))
            {
                _seen[path] = file.Facts;
                await AddAsync(feed, path, file, cancellationToken);
            }
        }

        foreach (var (id, isTree) in held.Others)
        {
            await feed.NameAsync(id, isTree, $"{Objects}/{id}", cancellationToken);
        }

        Manifest = new()
        {
            Workspace = workspace,
            Roots = _roots.ToDictionary(root => root.Name, root => root.Path),
            Head = held.Head,
            BranchHead = held.BranchHead,
            Files = _files.Count,
            Bytes = _files.Sum(file => file.Size),
            Modes = _modes,
            States = _states,
            LeftOut = _leftOut,
            EmptyDirectories = _empty,
            NestedRepositories = _nested,
        };
        byte[] manifest = JsonSerializer.SerializeToUtf8Bytes(Manifest, WorkspaceJson.Default.SnapshotManifest);
        _files.Add(await feed.AddAsync(manifest, "100644", SnapshotManifest.Name, cancellationToken));
        await feed.EndAsync(cancellationToken);
    }

    private async Task AddAsync(SnapshotFeed feed, string path, WalkedFile file, CancellationToken cancellationToken)
    {
        string inWork = RawName.IsWithin(path, SnapshotRoot.Work) && path.Length > SnapshotRoot.Work.Length ? path[(SnapshotRoot.Work.Length + 1)..] : "";
        bool isGit = SnapshotRoot.IsGitFile(path);
        if (file.Name.Equals(".git", StringComparison.OrdinalIgnoreCase) && inWork.Contains('/', StringComparison.Ordinal))
        {
            _nested.Add(SnapshotName.ToText(inWork[..inWork.LastIndexOf('/')]));
        }

        if (file.Facts.Kind == FileKind.Directory)
        {
            if (file.IsEmptyDirectory)
            {
                _empty.Add(SnapshotName.ToText(path));
            }

            NoteMode(path, file.Facts.Mode, file.Facts.Mode == 0b111_101_101);
            return;
        }

        string? why = file.Facts.Kind == FileKind.Other ? "a socket, a FIFO or a device" : isGit ? null : files?.WhyLeftOut(inWork);
        if (why is not null)
        {
            _leftOut[SnapshotName.ToText(path)] = why;
            return;
        }

        _files.Add(await feed.AddAsync(file, SnapshotName.InTree(path, file.Facts.Kind == FileKind.Link), cancellationToken));
        if (file.Facts.Kind == FileKind.File)
        {
            NoteMode(path, file.Facts.Mode, file.Facts.Mode is 0b110_100_100 or 0b111_101_101);
        }

        if (!isGit && files?.StateOf(inWork) is { } state)
        {
            _states[SnapshotName.ToText(path)] = state;
        }
    }

    private void NoteMode(string path, int mode, bool isUsual)
    {
        if (!isUsual)
        {
            _modes[SnapshotName.ToText(path)] = Convert.ToString(mode, 8);
        }
    }

    private static IEnumerable<(string Path, WalkedFile File)> Met(SnapshotRoot root)
    {
        if (!File.Exists(root.Path))
        {
            return TreeWalk.Of(root.Path).Select(file => (RawName.Join(root.Name, file.Path).TrimEnd('/'), file));
        }

        return Single(root);
    }

    private static IEnumerable<(string Path, WalkedFile File)> Single(SnapshotRoot root)
    {
        using var directory = OpenDirectory.Open(LinkedPath.Resolve(Path.GetDirectoryName(root.Path)!));
        string name = RawName.FromText(Path.GetFileName(root.Path));
        if (directory.Look(name) is { } facts)
        {
            yield return (root.Name, new(directory, root.Name, name, facts, false));
        }
    }

    /// <summary>
    /// Facts tell it, but for what changed a moment before: the file system's clock ticks in milliseconds, and two changes within one tick
    /// look the same. Such a file is read again.
    /// </summary>
    private bool IsSame(string path, WalkedFile file, string format)
    {
        if (!_seen.TryGetValue(path, out var before) || before != file.Facts)
        {
            return false;
        }

        if (file.Facts.Kind != FileKind.File || file.Facts.Changed < (_begun - Recent).ToUnixTimeMilliseconds() * 1_000_000
            || Written.GetValueOrDefault(SnapshotName.InTree(path, isLink: false)) is not { } written)
        {
            return true;
        }

        using var handle = file.Directory.Read(file.Name);
        using var content = new FileStream(handle, FileAccess.Read, bufferSize: 0);
        using var hash = new BlobHash(format, file.Facts.Size);
        byte[] buffer = new byte[1 << 16];
        while (content.Read(buffer) is > 0 and var read)
        {
            hash.Add(buffer.AsSpan(0, read));
        }

        return hash.Finish() == written;
    }

    private Dictionary<string, string> Written => field ??= _files.ToDictionary(each => each.Path, each => each.ObjectId);
}
