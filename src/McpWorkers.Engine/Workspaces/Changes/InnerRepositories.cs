using McpWorkers.Engine.Workspaces.Files;
using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Changes;

/// <summary>A commit of another repository that the index names: a submodule, or a repository that was added as if it were one.</summary>
internal sealed record Pointer(GitPath Path, string Commit);

/// <summary>The repositories within a worktree.</summary>
/// <param name="Pointers">Those that are there on disk and that the index points to.</param>
/// <param name="Foreign">Those that the index knows nothing of; with commits or without.</param>
/// <param name="Nested">For people: all of them but the submodules that <c>.gitmodules</c> names.</param>
internal sealed record InnerRepositories(IReadOnlyList<Pointer> Pointers, IReadOnlyList<GitPath> Foreign, IReadOnlyList<string> Nested)
{
    private const string PointerMode = "160000";

    /// <summary>Looks at what git does not ignore.</summary>
    /// <exception cref="GitException">The index cannot be read.</exception>
    public static async Task<InnerRepositories> FindAsync(GitRepository repository, CancellationToken cancellationToken)
    {
        string root = repository.Place.WorkTree!;
        var directories = new HashSet<string>();
        var pointers = new List<Pointer>();
        foreach (string entry in RawName.Fields((await repository.RunAsync(["ls-files", "--stage", "-z"], cancellationToken)).Bytes))
        {
            // <mode> <object> <stage>\t<path>
            int tab = entry.IndexOf('\t', StringComparison.Ordinal);
            string path = entry[(tab + 1)..];
            if (entry.StartsWith(PointerMode, StringComparison.Ordinal))
            {
                if (IsRepository(root, new(path)))
                {
                    pointers.Add(new(new(path), entry.Split(' ')[1]));
                }
            }
            else
            {
                for (int end = path.LastIndexOf('/'); end > 0 && directories.Add(path[..end]); end = path.LastIndexOf('/', end - 1))
                {
                }
            }
        }

        // What git lists as untracked with a slash behind it is a repository: any other directory it goes into.
        var untracked = await repository.RunAsync(["ls-files", "--others", "--exclude-standard", "-z"], cancellationToken);
        var foreign = RawName.Fields(untracked.Bytes).Where(path => path.EndsWith('/')).Select(path => new GitPath(path.TrimEnd('/'))).ToList();

        // A repository that was made around files which the parent has is no other one to git: its files are the parent's, its commits are not.
        var around = directories.Select(path => new GitPath(path)).Where(path => IsRepository(root, path));
        var submodules = await SubmodulesAsync(repository, cancellationToken);
        var nested = pointers.Select(pointer => pointer.Path).Where(path => !submodules.Contains(path.Text)).Concat(foreign).Concat(around);
        return new(pointers, foreign, [.. nested.Select(path => path.Text).Order(StringComparer.Ordinal)]);
    }

    private static bool IsRepository(string root, GitPath path)
    {
        string directory = Path.Combine(root, path.Text);
        return new FileInfo(directory).LinkTarget is null && Path.Exists(Path.Combine(directory, ".git"));
    }

    private static async Task<HashSet<string>> SubmodulesAsync(GitRepository repository, CancellationToken cancellationToken)
    {
        string file = Path.Combine(repository.Place.WorkTree!, ".gitmodules");
        if (new FileInfo(file) is not { Exists: true, LinkTarget: null })
        {
            return [];
        }

        var said = await repository.TryAsync(["config", "--file", file, "--no-includes", "--null", "--get-regexp", @"^submodule\..*\.path$"], cancellationToken);
        return [.. said.Fields.Select(field => field[(field.IndexOf('\n', StringComparison.Ordinal) + 1)..])];
    }
}
