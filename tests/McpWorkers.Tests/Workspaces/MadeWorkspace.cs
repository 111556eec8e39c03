using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces;
using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Tests.Workspaces;

/// <summary>Workspaces made by the user's git, for tests of what is done with them later.</summary>
internal static class MadeWorkspace
{
    /// <summary>A worktree of a repository on a branch of its own, with its record.</summary>
    public static async Task<Workspace> Worktree(this GitScene scene, string repository, string id = "term_one", string from = "HEAD", string? target = "main")
    {
        string root = Path.Combine(scene.Folder.PathOf(id), "project");
        scene.Folder.Make(id);
        await scene.Git(repository, "worktree", "add", "--quiet", "--no-track", "-b", $"mcpworkers/{id}", root, from);
        var place = RepositoryPlace.At(root);
        var workspace = new Workspace
        {
            Id = id,
            Kind = WorkspaceKind.Worktree,
            State = WorkspaceState.Ready,
            Root = place.WorkTree!,
            WorkingDirectory = place.WorkTree!,
            GitDirectory = place.GitDirectory,
            CommonDirectory = place.CommonDirectory,
            Source = repository,
            Branch = $"refs/heads/mcpworkers/{id}",
            Base = await scene.Git(root, "rev-parse", "HEAD"),
            Target = target,
            OwnerMark = "owner",
            Created = DateTimeOffset.UnixEpoch,
        };
        scene.Folder.Write(workspace);
        return workspace;
    }

    /// <summary>The same as it is on disk now.</summary>
    public static Workspace Again(this GitScene scene, Workspace workspace) => scene.Folder.Find(workspace.Id)!;
}
