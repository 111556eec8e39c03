using System.Security.Cryptography;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces;
using McpWorkers.Engine.Workspaces.Files;
using McpWorkers.Engine.Workspaces.Git;
using McpWorkers.Engine.Workspaces.Trash;
using Xunit;

namespace McpWorkers.Tests.Workspaces.Trash;

/// <summary>A repository, workspaces of it made by plain git, and the trash.</summary>
internal sealed class TrashScene : IDisposable
{
    public GitScene Git { get; } = new();

    public WorkspaceSettings Settings { get; init; } = new();

    public Trashcan Trash => field ??= new(Git.Tool, Git.Folder, Settings, new(Git.Folder.Beside("ports"), Settings), TimeProvider.System);

    /// <summary>Runs a script as an agent would.</summary>
    public async Task<string> Shell(string directory, string script)
    {
        var said = await CommandRunner.RunAsync(
            new CommandSpec { Executable = "/bin/sh", Arguments = ["-euc", script], WorkingDirectory = directory, Environment = Git.Environment, Timeout = TimeSpan.FromMinutes(1) },
            TestContext.Current.CancellationToken);
        Assert.True(said.ExitCode == 0, said.Stderr);
        return System.Text.Encoding.UTF8.GetString(said.Stdout.Span).TrimEnd('\n');
    }

    /// <summary>A worktree of a repository as the host makes them.</summary>
    public async Task<Workspace> Worktree(string repository, string id = "term_0123456789ab")
    {
        Git.Folder.Make(id);
        string root = Path.Combine(Git.Folder.PathOf(id), Path.GetFileName(repository));
        await Git.Git(repository, "worktree", "add", "--quiet", "--no-track", "-b", "mcpworkers/" + id, root, "HEAD");
        var place = RepositoryPlace.At(root);
        return await Recorded(id, WorkspaceKind.Worktree, root, place, repository);
    }

    public async Task<Workspace> Clone(string repository, string id = "term_c10000000000")
    {
        Git.Folder.Make(id);
        string root = Path.Combine(Git.Folder.PathOf(id), Path.GetFileName(repository));
        await Git.Git(Git.Root, "clone", "--quiet", "--depth", "1", "file://" + repository, root);
        await Git.Git(root, "checkout", "--quiet", "-b", "mcpworkers/" + id);
        return await Recorded(id, WorkspaceKind.Clone, root, RepositoryPlace.At(root), "file://" + repository);
    }

    /// <summary>Every file, link and directory with mode and bytes: of the place, and of its git directory.</summary>
    public static SortedDictionary<string, string> Fingerprint(Workspace workspace)
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (string root in new[] { workspace.Root, workspace.GitDirectory }.Distinct())
        {
            foreach (var file in TreeWalk.Of(root))
            {
                found[root + "/" + file.Path] = file.Facts.Kind switch
                {
                    FileKind.File => $"file {file.Facts.Mode} {Hash(file)}",
                    FileKind.Link => $"link {file.Directory.LinkTarget(file.Name)}",
                    FileKind.Directory => $"directory {file.Facts.Mode}",
                    _ => "other",
                };
            }
        }

        return found;
    }

    public Task<TrashEntry?> Remove(Workspace workspace, string why = "a test") => Trash.RemoveAsync(workspace, why, Git.Environment, TestContext.Current.CancellationToken);

    public Task<Workspace> Restore(TrashEntry entry) => Trash.RestoreAsync(entry, Git.Environment, TestContext.Current.CancellationToken);

    /// <summary>Removes, looks that all is gone, restores, and compares every byte.</summary>
    public async Task<TrashEntry> ThereAndBack(Workspace workspace)
    {
        var before = Fingerprint(workspace);
        var entry = await Remove(workspace);
        Assert.NotNull(entry);
        AssertGone(workspace);
        var restored = await Restore(entry);
        Assert.Equal(WorkspaceState.Ready, restored.State);
        Assert.Equal(before, Fingerprint(restored));
        return entry;
    }

    public void AssertGone(Workspace workspace)
    {
        Assert.False(Path.Exists(workspace.Root), "the place is gone");
        Assert.False(Path.Exists(workspace.GitDirectory), "git's own directory is gone");
        Assert.False(Path.Exists(Git.Folder.PathOf(workspace.Id)), "the record is gone");
    }

    public void Dispose()
    {
        // Names that are no text, and directories that nobody may enter, are in the way of .NET's own deletion.
        TreeRemoval.Delete(Git.Root);
        // The scene itself finds nothing left.
        Git.Dispose();
    }

    private static string Hash(WalkedFile file)
    {
        using var handle = file.Directory.Read(file.Name);
        using var content = new FileStream(handle, FileAccess.Read);
        return Convert.ToHexString(SHA256.HashData(content));
    }

    private async Task<Workspace> Recorded(string id, WorkspaceKind kind, string root, RepositoryPlace place, string source)
    {
        var workspace = new Workspace
        {
            Id = id,
            Kind = kind,
            State = WorkspaceState.Ready,
            Root = root,
            WorkingDirectory = root,
            GitDirectory = place.GitDirectory,
            CommonDirectory = place.CommonDirectory,
            Source = source,
            Branch = "refs/heads/mcpworkers/" + id,
            Base = await Git.Git(root, "rev-parse", "HEAD"),
            Target = "refs/heads/main",
            OwnerMark = "test",
            Created = DateTimeOffset.UnixEpoch,
        };
        Git.Folder.Write(workspace);
        return workspace;
    }
}
