using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Changes;
using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Merging;

/// <summary>Where a merge goes.</summary>
/// <param name="Ref">Such as <c>refs/heads/main</c>.</param>
/// <param name="Commit">Where it stands; null for a branch without a commit.</param>
/// <param name="Checkout">The worktree that has it checked out; null where none has.</param>
internal sealed record MergeTarget(string Ref, string? Commit, RepositoryPlace? Checkout)
{
    private const string Heads = "refs/heads/";

    public string Name => Ref[Heads.Length..];

    /// <param name="into">A branch's name as a user gave it; null for the workspace's own target.</param>
    /// <exception cref="RefusedException">There is no such branch, or it cannot be merged into.</exception>
    /// <exception cref="GitException">The repository cannot be read.</exception>
    public static async Task<MergeTarget> FindAsync(
        GitTool git, Workspace workspace, string? into, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        if (workspace.Kind == WorkspaceKind.Clone)
        {
            throw new RefusedException(
                RefusalCode.Unsupported,
                $"'{workspace.Id}' works in a clone of '{workspace.Source}', and a branch of another repository is not moved from here. "
                + $"Take its work with 'workers diff {workspace.Id} --patch FILE' and 'git apply FILE', or push the branch '{workspace.BranchName}' from '{workspace.Root}'.");
        }

        string named = into ?? workspace.Target ?? throw new RefusedException(
            RefusalCode.InvalidArgument,
            $"'{workspace.Id}' was not started from a branch, so it has none to be merged into. Name one with 'into'.");
        string name = named.StartsWith(Heads, StringComparison.Ordinal) ? named[Heads.Length..] : named;
        var repository = git.Open(new(workspace.CommonDirectory, workspace.CommonDirectory, null), environment);
        if (name.StartsWith('-') || name.Any(char.IsControl) || !(await repository.TryAsync(["check-ref-format", Heads + name], cancellationToken)).Succeeded)
        {
            throw new RefusedException(RefusalCode.InvalidArgument, $"'{Checks.VisibleText.Of(named)}' cannot be the name of a branch. Name one that 'git branch' lists.");
        }

        if (Heads + name == workspace.Branch)
        {
            throw new RefusedException(RefusalCode.InvalidArgument, $"'{name}' is the branch of '{workspace.Id}' itself. Name the branch that its work is to go into.");
        }

        var places = await CheckoutsAsync(repository, workspace, Heads + name, cancellationToken);
        string? commit = await repository.ResolveAsync(Heads + name, cancellationToken);
        return commit is null && places.Count == 0
            ? throw new RefusedException(RefusalCode.NotFound, $"There is no branch '{name}' to merge '{workspace.Id}' into. Make it with 'git branch {name}', or name another one.")
            : places.Count > 1
                ? throw new RefusedException(
                    RefusalCode.InvalidArgument,
                    $"The branch '{name}' is checked out in {places.Count} worktrees: {string.Join(", ", places.Select(place => place.WorkTree))}. Let go of it in all but one.")
                : new(Heads + name, commit, places.SingleOrDefault());
    }

    /// <summary>
    /// The worktrees whose HEAD is on a branch. Read from the files: git would take the path of the main one from a configuration that is not
    /// believed.
    /// </summary>
    private static async Task<List<RepositoryPlace>> CheckoutsAsync(
        GitRepository repository, Workspace workspace, string branch, CancellationToken cancellationToken)
    {
        string common = workspace.CommonDirectory;
        if (Directory.Exists(Path.Combine(common, "reftable")))
        {
            throw new RefusedException(
                RefusalCode.Unsupported, $"'{common}' keeps its branches in a reftable, which is not read here. Merge '{workspace.BranchName}' by hand with 'git merge'.");
        }

        var found = new List<RepositoryPlace>();
        if (WorktreeHeads.Of(common) == branch && await MainAsync(repository, workspace, branch, cancellationToken) is { } main)
        {
            found.Add(main);
        }

        foreach (string directory in WorktreeHeads.Linked(common))
        {
            if (IsBeingRebased(directory, branch))
            {
                throw new RefusedException(
                    RefusalCode.InvalidArgument, $"The branch '{branch[Heads.Length..]}' is being rebased in a worktree ({directory}). Finish or abort that first.");
            }

            // One whose place is gone has no files that could be behind.
            if (WorktreeHeads.Of(directory) == branch && WorktreeHeads.Line(Path.Combine(directory, "gitdir")) is { } dotGit && File.Exists(Path.GetFullPath(dotGit, directory)))
            {
                string root = LinkedPath.Resolve(Path.GetDirectoryName(Path.GetFullPath(dotGit, directory))!);
                found.Add(RepositoryPlace.OfWorktree(LinkedPath.Resolve(directory), common, root));
            }
        }

        return IsBeingRebased(common, branch)
            ? throw new RefusedException(RefusalCode.InvalidArgument, $"The branch '{branch[Heads.Length..]}' is being rebased. Finish or abort that first.")
            : found;
    }

    /// <summary>The main worktree; null for a bare repository.</summary>
    private static async Task<RepositoryPlace?> MainAsync(
        GitRepository repository, Workspace workspace, string branch, CancellationToken cancellationToken)
    {
        string common = workspace.CommonDirectory;
        if (Path.GetFileName(common) == ".git")
        {
            string root = Path.GetDirectoryName(common)!;
            return IsBare(common) && !File.Exists(Path.Combine(common, "index")) ? null : new(common, common, root);
        }

        // A separate git directory, such as a submodule's, does not say where its worktree is but in its configuration; the worktree must agree.
        var configured = await repository.TryAsync(["config", "--file", Path.Combine(common, "config"), "--no-includes", "core.worktree"], cancellationToken);
        string[] candidates = configured.Succeeded ? [Path.GetFullPath(configured.Text, common), workspace.Source] : [workspace.Source];
        foreach (string candidate in candidates.Where(Directory.Exists))
        {
            if (RepositoryPlace.Find(candidate) is { WorkTree: not null } place && place.GitDirectory == common)
            {
                return place;
            }
        }

        return File.Exists(Path.Combine(common, "index"))
            ? throw new RefusedException(
                RefusalCode.InvalidArgument,
                $"The branch '{branch[Heads.Length..]}' is checked out in a worktree of '{common}' that cannot be found. Merge '{workspace.BranchName}' there by hand.")
            : null;
    }

    private static bool IsBare(string common) =>
        Directory.Exists(Path.Combine(common, "objects")) && File.Exists(Path.Combine(common, "config"))
        && File.ReadAllText(Path.Combine(common, "config")).Replace(" ", "", StringComparison.Ordinal).Contains("bare=true", StringComparison.OrdinalIgnoreCase);

    private static bool IsBeingRebased(string gitDirectory, string branch) =>
        WorktreeHeads.Line(Path.Combine(gitDirectory, "rebase-merge", "head-name")) == branch || WorktreeHeads.Line(Path.Combine(gitDirectory, "rebase-apply", "head-name")) == branch;
}
