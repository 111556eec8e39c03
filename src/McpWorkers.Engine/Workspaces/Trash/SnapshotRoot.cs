using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Files;

namespace McpWorkers.Engine.Workspaces.Trash;

/// <summary>One directory, or one file, that goes into a snapshot as the raw bytes that it is.</summary>
/// <param name="Name">At the top of the snapshot's tree.</param>
/// <param name="Path">Absolute.</param>
internal sealed record SnapshotRoot(string Name, string Path)
{
    public const string Work = "work";
    public const string GitFiles = "gitdir";
    public const string BranchLog = "branchlog";
    private const string Linked = "linked";

    /// <summary>
    /// What goes with a workspace. A clone is one directory; a worktree has a git directory of its own in the repository, and its branch a
    /// log. A worktree that the agent made within it has one too.
    /// </summary>
    public static IReadOnlyList<SnapshotRoot> Of(Workspace workspace)
    {
        var roots = new List<SnapshotRoot>();
        if (Directory.Exists(workspace.Root))
        {
            roots.Add(new(Work, workspace.Root));
        }

        if (workspace.Kind != WorkspaceKind.Worktree)
        {
            return roots;
        }

        if (WorktreeEntries.IsOf(workspace))
        {
            roots.Add(new(GitFiles, workspace.GitDirectory));
        }

        string log = System.IO.Path.Combine(workspace.CommonDirectory, "logs", workspace.Branch);
        if (File.Exists(log))
        {
            roots.Add(new(BranchLog, log));
        }

        roots.AddRange(WorktreeEntries.Within(workspace).Select(entry => new SnapshotRoot($"{Linked}-{System.IO.Path.GetFileName(entry)}", entry)));
        return roots;
    }

    /// <summary>Whether the files are git's own, of the workspace or of a repository in it.</summary>
    public static bool IsGitFile(string path) =>
        !RawName.IsWithin(path, Work) || path.Split('/').Any(part => part.Equals(".git", StringComparison.OrdinalIgnoreCase));

    /// <summary>The path as the workspace's user knows it: relative to the workspace's root.</summary>
    public static string Shown(string path)
    {
        string text = RawName.ToText(path);
        return RawName.IsWithin(path, Work) ? text[(Work.Length + 1)..] : ".git/" + (RawName.IsWithin(path, GitFiles) ? text[(GitFiles.Length + 1)..] : text);
    }
}
