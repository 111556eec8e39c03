using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces;
using McpWorkers.Engine.Workspaces.Git;
using McpWorkers.Engine.Workspaces.Ports;
using McpWorkers.Engine.Workspaces.Worktrees;
using Xunit;

namespace McpWorkers.Tests.Workspaces.Worktrees;

/// <summary>Makes worktrees in a scene, and looks whether anything is left of one.</summary>
internal static class Workplaces
{
    public static WorkspaceSettings Settings { get; } = new() { FirstPort = 42000, LastPort = 42199 };

    public static PortLeases Ports(this GitScene scene) => new(scene.Folder.Beside("ports"), Settings);

    public static WorktreeProvider Worktrees(this GitScene scene) => new(scene.Tool, scene.Folder, Settings, scene.Ports(), TimeProvider.System);

    public static WorkspaceOrder Order(this GitScene scene, string directory, string id = "term_0123456789ab", string? from = null, bool bring = false) => new()
    {
        Id = id,
        Spec = new() { Kind = WorkspaceKind.Worktree, From = from, BringChanges = bring },
        Directory = directory,
        Environment = scene.Environment,
        OwnerMark = "scene",
    };

    /// <summary>Checks, then makes.</summary>
    public static async Task<Workspace> MakeWorktree(this GitScene scene, WorkspaceOrder order)
    {
        var provider = scene.Worktrees();
        await provider.CheckAsync([order], TestContext.Current.CancellationToken);
        return await provider.CreateAsync(order, TestContext.Current.CancellationToken);
    }

    public static Task<Workspace> MakeWorktree(this GitScene scene, string directory, string? from = null, bool bring = false) =>
        scene.MakeWorktree(scene.Order(directory, from: from, bring: bring));

    /// <summary>What a refused order left: nothing that git or the host knows of.</summary>
    public static async Task AssertNothingIsLeft(this GitScene scene, string repository)
    {
        Assert.False(Directory.Exists(scene.Folder.Root) && Directory.EnumerateFileSystemEntries(scene.Folder.Root).Any(), "a directory of a workspace is left");
        Assert.Equal("", await scene.Git(repository, "for-each-ref", "refs/heads/mcpworkers"));
        string entries = Path.Combine(RepositoryPlace.At(repository).CommonDirectory, "worktrees");
        Assert.False(Directory.Exists(entries) && Directory.EnumerateFileSystemEntries(entries).Any(), "an entry of a worktree is left");
        string ports = scene.Folder.Beside("ports");
        Assert.False(Directory.Exists(ports) && Directory.EnumerateFileSystemEntries(ports).Any(), "a port is left leased");
    }
}
