namespace McpWorkers.Tests.Crash;

/// <summary>The user's repository of the proof: with a submodule, attributes, and changes of his own that nobody may touch.</summary>
internal sealed class ScribeRepository(WorktreePlace place)
{
    private const string Status = " M mine.txt\nA  staged.txt\n?? notes.txt";

    private static readonly (string Name, string Content)[] Own = [("mine.txt", "mine, changed\r\n"), ("staged.txt", "staged\r\nby me\n"), ("notes.txt", "notes\r\n")];

    public async Task MakeAsync()
    {
        await place.MakeAsync();
        await place.ShellAsync(
            place.Repository,
            "printf '* text=auto\\n*.raw -text\\n' > .gitattributes; echo mine > mine.txt; echo shared > shared.txt; git add .; git commit -qm Files");
        foreach (var (name, content) in Own)
        {
            await File.WriteAllTextAsync(Path.Combine(place.Repository, name), content);
        }

        await place.ShellAsync(place.Repository, "git add staged.txt");
    }

    /// <summary>What is not as it must be, whatever was killed: the target whole, the user's changes his, nothing of a merge left.</summary>
    /// <param name="merged">Commits that somebody was told are in the target.</param>
    public async Task<IReadOnlyList<string>> FaultsAsync(IEnumerable<string> merged, CancellationToken cancellationToken)
    {
        var faults = new List<string>();
        string status = await place.ShellAsync(place.Repository, "git status --porcelain --ignore-submodules=all", cancellationToken);
        if (status != Status)
        {
            faults.Add($"the target's worktree is half done, or the user's changes are not his any more: {status.ReplaceLineEndings(" | ")}");
        }

        faults.AddRange(Own.Where(own => File.ReadAllText(Path.Combine(place.Repository, own.Name)) != own.Content).Select(own => $"the user's {own.Name} has other bytes"));
        string branch = await place.ShellAsync(place.Repository, "git symbolic-ref HEAD", cancellationToken);
        if (branch != "refs/heads/main")
        {
            faults.Add($"the user's HEAD is on {branch}");
        }

        foreach (string commit in merged)
        {
            if (await place.ShellAsync(place.Repository, $"git merge-base --is-ancestor {commit} main && echo within || echo lost", cancellationToken) != "within")
            {
                faults.Add($"{commit} was told to be merged, and is not in main");
            }
        }

        return faults;
    }

    /// <summary>As the user does after merges: what the submodule's new commit has.</summary>
    public Task UpdateSubmoduleAsync(CancellationToken cancellationToken) =>
        place.ShellAsync(place.Repository, "git submodule --quiet update --init", cancellationToken);

    /// <summary>Locks and drafts of the index, that a git command or a merge has left.</summary>
    public IReadOnlyList<string> Leftovers()
    {
        string git = Path.Combine(place.Repository, ".git");
        return
        [
            .. Directory.EnumerateFiles(git, "*.lock", SearchOption.AllDirectories).Concat(Directory.EnumerateFiles(git, "index.mcpworkers-*", SearchOption.AllDirectories))
                .Concat(Directories(Path.Combine(git, "worktrees"), "mcpworkers-merge-*"))
                .Concat(Entries(place.Folder.Beside("merges"), "*"))
                .Concat(Entries(place.Folder.Beside("trash"), "*.taking"))
                .Concat(Entries(place.Folder.Beside("trash"), "*.scratch*"))
                .Concat(place.Folder.All().Where(each => each.State != Engine.Workspaces.WorkspaceState.Ready).Select(each => $"{each.Id} is {each.State}"))
                .Concat(Directories(place.Folder.Root, "*").Where(path => place.Folder.Find(Path.GetFileName(path)) is null)),
        ];
    }

    /// <summary>What is left of workspaces after the last one has gone.</summary>
    public async Task<IReadOnlyList<string>> WorkspacesLeftAsync(CancellationToken cancellationToken)
    {
        string branches = await place.ShellAsync(place.Repository, "git for-each-ref --format='%(refname)' 'refs/heads/mcpworkers/'", cancellationToken);
        return
        [
            .. Directories(place.Folder.Root, "*"),
            .. Directories(Path.Combine(place.Repository, ".git", "worktrees"), "*"),
            .. branches.Split('\n', StringSplitOptions.RemoveEmptyEntries),
        ];
    }

    private static IEnumerable<string> Directories(string path, string pattern) => Directory.Exists(path) ? Directory.EnumerateDirectories(path, pattern) : [];

    private static IEnumerable<string> Entries(string path, string pattern) => Directory.Exists(path) ? Directory.EnumerateFileSystemEntries(path, pattern) : [];
}
