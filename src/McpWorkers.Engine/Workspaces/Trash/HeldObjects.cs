using System.Text;
using System.Text.RegularExpressions;
using McpWorkers.Engine.Workspaces.Files;
using McpWorkers.Engine.Workspaces.Git;
using McpWorkers.Engine.Workspaces.Inner;

namespace McpWorkers.Engine.Workspaces.Trash;

/// <summary>The objects in the repository that a worktree holds, and that could be collected as garbage once it is gone.</summary>
/// <param name="Head">The commit that HEAD stands for; null where there is none.</param>
/// <param name="BranchHead">Likewise its branch.</param>
/// <param name="Unheld">Commits that nothing but the worktree, its files and its branch lead to; tips only.</param>
/// <param name="Others">By id: blobs and trees that its index or its files name, and HEAD's tree does not hold; whether it is a tree.</param>
internal sealed partial record HeldObjects(string? Head, string? BranchHead, IReadOnlyList<string> Unheld, IReadOnlyDictionary<string, bool> Others)
{
    private const long TextMax = 16 << 20;

    /// <param name="holder">The repository without the worktree.</param>
    /// <param name="worktree">Null where the worktree's own git directory is gone.</param>
    /// <exception cref="GitException">It cannot be told.</exception>
    public static async Task<HeldObjects> OfAsync(Workspace workspace, GitRepository holder, GitRepository? worktree, CancellationToken cancellationToken)
    {
        string? head = worktree is null ? null : await worktree.ResolveAsync("HEAD", cancellationToken);
        string? branchHead = await holder.ResolveAsync(workspace.Branch, cancellationToken);
        var named = Named(workspace);
        var inIndex = worktree is null ? [] : await InIndexAsync(worktree, head, cancellationToken);
        var kept = await InnerBringing.KeptAsync(holder, workspace.Id, cancellationToken);
        var types = await TypesAsync(holder, [.. named, .. inIndex, .. kept, .. new[] { head, branchHead }.OfType<string>()], cancellationToken);
        var commits = types.Where(each => each.Value == "commit").Select(each => each.Key).ToList();
        var unheld = await UnheldAsync(holder, commits, workspace.Branch, cancellationToken);
        return new(head, branchHead, unheld, types.Where(each => each.Value is "blob" or "tree").ToDictionary(each => each.Key, each => each.Value == "tree"));
    }

    /// <summary>The commits that no branch, tag or remote-tracking branch leads to, but for one branch; of these the tips.</summary>
    public static async Task<IReadOnlyList<string>> UnheldAsync(
        GitRepository repository, IReadOnlyList<string> commits, string? butFor, CancellationToken cancellationToken, string? heldToo = null)
    {
        if (commits.Count == 0)
        {
            return [];
        }

        string input = string.Concat(commits.Select(commit => commit + "\n").Concat((await HoldersAsync(repository, butFor, cancellationToken)).Append(heldToo).OfType<string>().Select(id => $"^{id}\n")));
        var listed = await repository.RunAsync(["rev-list", "--parents", "--stdin"], Encoding.ASCII.GetBytes(input), cancellationToken);
        var lines = listed.Lines.Select(line => line.Split(' ')).ToList();
        var parents = lines.SelectMany(line => line.Skip(1)).ToHashSet();
        return [.. lines.Select(line => line[0]).Where(commit => !parents.Contains(commit))];
    }

    /// <summary>What all branches, tags and remote-tracking branches stand at, but for one branch.</summary>
    public static async Task<IReadOnlyList<string>> HoldersAsync(GitRepository repository, string? butFor, CancellationToken cancellationToken)
    {
        var listed = await repository.RunAsync(["for-each-ref", "--format=%(objectname) %(refname)", "refs/heads", "refs/tags", "refs/remotes"], cancellationToken);
        return [.. listed.Lines.Select(line => line.Split(' ', 2)).Where(each => each[1] != butFor).Select(each => each[0]).Distinct()];
    }

    /// <summary>Whatever looks like an id in the files that git keeps for the worktree: logs, MERGE_HEAD, the state of a rebase, and what is still to come.</summary>
    private static HashSet<string> Named(Workspace workspace)
    {
        var found = new HashSet<string>();
        foreach (var root in SnapshotRoot.Of(workspace).Where(root => root.Name != SnapshotRoot.Work))
        {
            var files = File.Exists(root.Path) ? [root.Path] : FilesOf(root.Path);
            found.UnionWith(files.SelectMany(IdsIn));
        }

        return found;
    }

    /// <summary>Whatever looks like an id in a file.</summary>
    public static IEnumerable<string> IdsIn(string file) => Ids().Matches(Encoding.Latin1.GetString(File.ReadAllBytes(file))).Select(id => id.Value);

    /// <summary>Without the index, which is binary, and the repositories of submodules, which go along whole.</summary>
    private static IEnumerable<string> FilesOf(string directory) => TreeWalk.Of(directory)
        .Where(each => each.Facts is { Kind: FileKind.File, Size: < TextMax } && each.Path != "index" && !RawName.IsWithin(each.Path, "modules"))
        .Select(each => Path.Combine(directory, RawName.ToText(each.Path)));

    private static async Task<IReadOnlyList<string>> InIndexAsync(GitRepository worktree, string? head, CancellationToken cancellationToken)
    {
        var ids = new HashSet<string>();
        foreach (string[] list in new string[][] { ["ls-files", "-s", "-z"], ["ls-files", "--resolve-undo", "-z"] })
        {
            ids.UnionWith(RawName.Fields((await worktree.RunAsync(list, cancellationToken)).Bytes)
                .Select(line => line.Split(' ', 3)).Where(facts => facts[0] != "160000").Select(facts => facts[1]));
        }

        if (head is not null)
        {
            ids.ExceptWith(RawName.Fields((await worktree.RunAsync(["ls-tree", "-r", "-z", "--full-tree", head], cancellationToken)).Bytes)
                .Select(line => line.Split('\t')[0].Split(' ')[2]));
        }

        return [.. ids];
    }

    /// <summary>Of those that are there, what they are.</summary>
    public static async Task<Dictionary<string, string>> TypesAsync(GitRepository repository, IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        // A partial clone would fetch what it lacks.
        var here = repository.With(("GIT_NO_LAZY_FETCH", "1"));
        var said = ids.Count == 0 ? null : await here.RunAsync(
            ["cat-file", "--batch-check=%(objectname) %(objecttype)"], Encoding.ASCII.GetBytes(string.Concat(ids.Distinct().Select(id => id + "\n"))), cancellationToken);
        return (said?.Lines ?? []).Select(line => line.Split(' ')).Where(each => each is [_, "commit" or "blob" or "tree" or "tag"]).ToDictionary(each => each[0], each => each[1]);
    }

    [GeneratedRegex("(?<![0-9a-f])(?:[0-9a-f]{64}|[0-9a-f]{40})(?![0-9a-f])")]
    private static partial Regex Ids();
}
