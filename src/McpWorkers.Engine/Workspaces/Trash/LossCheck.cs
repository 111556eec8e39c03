using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Files;
using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Trash;

/// <summary>
/// Looks for what would be lost with a workspace. Only where each single thing that is there was found somewhere else too, nothing is; whatever is
/// not understood counts as a loss.
/// </summary>
internal sealed class LossCheck(Workspace workspace, GitRepository repository, WorkspaceSettings settings)
{
    /// <summary>What git itself leaves in a git directory in the ordinary course of work.</summary>
    private static readonly HashSet<string> Usual =
    [
        "HEAD", "ORIG_HEAD", "FETCH_HEAD", "COMMIT_EDITMSG", "index", "logs", "refs", "commondir", "gitdir", "locked", "config", "config.worktree", "description",
        "hooks", "info", "objects", "packed-refs", "shallow", "branches", "worktrees",
    ];

    private static readonly string[] Heads = ["ORIG_HEAD", "FETCH_HEAD"];

    /// <param name="scratch">A directory that may be made meanwhile.</param>
    /// <returns>Null where nothing would be lost; else the first thing that would, in a few words.</returns>
    /// <exception cref="IOException">Something cannot be read.</exception>
    public async Task<string?> FindAsync(string scratch, CancellationToken cancellationToken)
    {
        try
        {
            return await InGitAsync(cancellationToken) ?? await InTreeAsync(scratch, cancellationToken);
        }
        catch (GitException e)
        {
            return e.Message;
        }
    }

    private bool IsClone => workspace.Kind != WorkspaceKind.Worktree;

    /// <summary>It was interrupted before anybody worked in it: what is not there was not there yet.</summary>
    private bool IsUnfinished => workspace.State == WorkspaceState.Creating;

    private async Task<string?> InGitAsync(CancellationToken cancellationToken)
    {
        if (Directory.EnumerateFileSystemEntries(workspace.GitDirectory).Select(Path.GetFileName).FirstOrDefault(name => !Usual.Contains(name!)) is { } odd)
        {
            return $"'{odd}' in its git directory";
        }

        return IsClone ? await InCloneAsync(cancellationToken) : await InWorktreeAsync(cancellationToken);
    }

    private async Task<string?> InWorktreeAsync(CancellationToken cancellationToken)
    {
        if (WorktreeEntries.Within(workspace).Any())
        {
            return "a worktree within it";
        }

        var held = await HeldObjects.OfAsync(workspace, repository, repository, cancellationToken);
        if (held.Head is null && !IsUnfinished)
        {
            return "a HEAD that stands for no commit";
        }

        string? based = workspace.Base is { } id && await repository.ResolveAsync(id, cancellationToken) is { } there ? there : null;
        var unheld = await HeldObjects.UnheldAsync(repository, held.Unheld, workspace.Branch, cancellationToken, based);
        return unheld.Count > 0 ? $"the commit {unheld[0]}" : held.Others.Count > 0 ? "what its index holds" : null;
    }

    private async Task<string?> InCloneAsync(CancellationToken cancellationToken)
    {
        string git = workspace.GitDirectory;
        if (FilesIn(Path.Combine(git, "hooks")).Any(file => !file.EndsWith(".sample", StringComparison.Ordinal)) || WorktreeEntries.All(git).Any())
        {
            return "a hook or a worktree of its own";
        }

        var refs = (await repository.RunAsync(["for-each-ref", "--format=%(refname)"], cancellationToken)).Lines;
        if (refs.FirstOrDefault(name => !name.StartsWith("refs/remotes/", StringComparison.Ordinal) && !name.StartsWith("refs/heads/", StringComparison.Ordinal)) is { } odd)
        {
            return odd;
        }

        string? head = await repository.ResolveAsync("HEAD", cancellationToken);
        if (head is null && !IsUnfinished)
        {
            return "a HEAD that stands for no commit";
        }

        var files = FilesIn(Path.Combine(git, "logs")).Concat(Heads.Select(name => Path.Combine(git, name)).Where(File.Exists));
        var types = await HeldObjects.TypesAsync(
            repository, [.. files.SelectMany(HeldObjects.IdsIn), .. (await IdsAsync("refs/heads", cancellationToken)), .. new[] { head }.OfType<string>()], cancellationToken);
        var commits = types.Where(each => each.Value == "commit").Select(each => each.Key).ToList();
        var remote = await IdsAsync("refs/remotes", cancellationToken);
        string input = string.Concat(commits.Select(commit => commit + "\n").Concat(remote.Append(workspace.Base).OfType<string>().Select(id => $"^{id}\n")));
        var unheld = commits.Count == 0 ? "" : (await repository.RunAsync(["rev-list", "--max-count=1", "--stdin"], RawName.Bytes(input), cancellationToken)).Text;
        return unheld.Length > 0 ? $"the commit {unheld}" : null;
    }

    private async Task<IReadOnlyList<string>> IdsAsync(string refs, CancellationToken cancellationToken) =>
        (await repository.RunAsync(["for-each-ref", "--format=%(objectname)", refs], cancellationToken)).Lines;

    private static IEnumerable<string> FilesIn(string directory) => Directory.Exists(directory) ? Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories) : [];

    private async Task<string?> InTreeAsync(string scratch, CancellationToken cancellationToken)
    {
        string patterns = scratch + ".patterns";
        await File.WriteAllBytesAsync(patterns, WorkFiles.Patterns(settings), cancellationToken);
        var files = await WorkFiles.ReadAsync(workspace, repository, settings, patterns, cancellationToken);
        File.Delete(patterns);
        if (await IndexDiffersAsync(files, cancellationToken))
        {
            return "what its index holds";
        }

        string format = (await repository.RunAsync(["rev-parse", "--show-object-format"], cancellationToken)).Text;
        var missing = files.Index.Where(entry => !entry.IsAbsent).ToDictionary(entry => entry.Path);
        var other = new List<string>();
        foreach (var file in Directory.Exists(workspace.Root) ? TreeWalk.Of(workspace.Root) : [])
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Judge(file, files, missing, other, format) is { } loss)
            {
                return loss;
            }
        }

        // A submodule that is not there is an empty directory, or none.
        string? gone = IsUnfinished ? null : missing.Values.FirstOrDefault(entry => entry.Mode != "160000")?.Path;
        return gone is not null ? $"that '{RawName.ToText(gone)}' is deleted" : await OtherBytesAsync(other, scratch, cancellationToken);
    }

    private string? Judge(WalkedFile file, WorkFiles files, Dictionary<string, IndexEntry> missing, List<string> other, string format)
    {
        string shown = RawName.ToText(file.Path);
        if (file.Name.Equals(".git", StringComparison.OrdinalIgnoreCase) || (IsClone && RawName.IsWithin(file.Path, ".git")))
        {
            bool isOwn = IsClone ? RawName.IsWithin(file.Path, ".git") : file is { Path: ".git", Facts.Kind: FileKind.File };
            return isOwn ? null : $"the repository '{shown}'";
        }

        if (file.Facts.Kind is FileKind.Directory or FileKind.Other)
        {
            return null;
        }

        if (!missing.Remove(file.Path, out var entry))
        {
            return files.WhyLeftOut(file.Path) is not null || IsUnchangedIncluded(file) ? null : $"'{shown}', which is in no commit";
        }

        bool isLink = file.Facts.Kind == FileKind.Link;
        string mode = isLink ? "120000" : (file.Facts.Mode & 0b001_000_000) != 0 ? "100755" : "100644";
        if (mode != entry.Mode)
        {
            return $"that '{shown}' has another mode";
        }

        if (BlobHash.Of(format, isLink ? RawName.Bytes(file.Directory.LinkTarget(file.Name)) : Content(file)) != entry.ObjectId)
        {
            other.Add(file.Path);
        }

        return null;
    }

    private bool IsUnchangedIncluded(WalkedFile file)
    {
        if (!workspace.Included.Any(included => RawName.IsWithin(file.Path, RawName.FromText(included.TrimEnd('/')))))
        {
            return false;
        }

        string source = Path.Combine(workspace.Source, RawName.ToText(file.Path));
        return file.Facts.Kind == FileKind.Link
            ? new FileInfo(source).LinkTarget is { } target && RawName.FromText(target) == file.Directory.LinkTarget(file.Name)
            : File.Exists(source) && new FileInfo(source) is { LinkTarget: null } info && info.Length == file.Facts.Size && Content(file).AsSpan().SequenceEqual(File.ReadAllBytes(source));
    }

    private static byte[] Content(WalkedFile file)
    {
        using var handle = file.Directory.Read(file.Name);
        byte[] content = new byte[RandomAccess.GetLength(handle)];
        int count = 0;
        while (count < content.Length && RandomAccess.Read(handle, content.AsSpan(count), count) is > 0 and var read)
        {
            count += read;
        }

        return content;
    }

    private async Task<bool> IndexDiffersAsync(WorkFiles files, CancellationToken cancellationToken)
    {
        if (IsUnfinished && files.Index.Count == 0)
        {
            return false;
        }

        var inHead = RawName.Fields((await repository.RunAsync(["ls-tree", "-r", "-z", "--full-tree", "HEAD"], cancellationToken)).Bytes)
            .Select(line => line.Split('\t', 2)).Select(each => (Path: each[1], Facts: each[0].Split(' '))).Select(each => (each.Path, Mode: each.Facts[0], Id: each.Facts[2]));
        return files.Index.Any(entry => entry.Stage != 0) || !inHead.ToHashSet().SetEquals(files.Index.Select(entry => (entry.Path, entry.Mode, entry.ObjectId)));
    }

    /// <summary>Files whose bytes are not those of the blob: line ends and filters make others, the very ones that git would make again.</summary>
    private async Task<string?> OtherBytesAsync(List<string> paths, string scratch, CancellationToken cancellationToken)
    {
        if (paths.Count == 0)
        {
            return null;
        }

        Directory.CreateDirectory(scratch);
        try
        {
            await repository.RunAsync(["checkout-index", "-z", "--stdin", "--prefix=" + scratch + "/"], RawName.Terminated(paths), cancellationToken);
            var made = TreeWalk.Of(scratch).Where(file => file.Facts.Kind == FileKind.File).ToDictionary(file => file.Path, file => BlobHash.Of("sha1", Content(file)));
            var wanted = paths.ToHashSet();
            return TreeWalk.Of(workspace.Root)
                .Where(file => wanted.Contains(file.Path) && (file.Facts.Kind != FileKind.File || made.GetValueOrDefault(file.Path) != BlobHash.Of("sha1", Content(file))))
                .Select(file => $"what was changed in '{RawName.ToText(file.Path)}'").FirstOrDefault();
        }
        finally
        {
            TreeRemoval.Delete(scratch, CancellationToken.None);
        }
    }
}
