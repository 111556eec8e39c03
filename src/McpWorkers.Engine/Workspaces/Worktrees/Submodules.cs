using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Worktrees;

/// <summary>
/// Fills the submodules of a fresh worktree from what the source has of them: nothing is fetched, and the repository's configuration is not
/// asked for commands. What the source does not have stays empty and is told.
/// </summary>
internal sealed class Submodules(GitTool git, IReadOnlyDictionary<string, string> environment)
{
    private const int DepthMax = 8;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <param name="made">With its files checked out.</param>
    /// <returns>Notes.</returns>
    /// <exception cref="GitException">The worktree's submodules cannot be listed.</exception>
    public Task<IReadOnlyList<string>> FillAsync(GitRepository source, GitRepository made, CancellationToken cancellationToken) =>
        FillAsync(source, made, 0, cancellationToken);

    private async Task<IReadOnlyList<string>> FillAsync(GitRepository source, GitRepository made, int depth, CancellationToken cancellationToken)
    {
        string top = made.Place.WorkTree!;
        var file = new FileInfo(Path.Combine(top, ".gitmodules"));
        if (!file.Exists || file.LinkTarget is not null || depth == DepthMax)
        {
            return [];
        }

        var names = await NamesAsync(made, file.FullName, cancellationToken);
        var notes = new List<string>();
        foreach (var (path, commit) in await LinksAsync(made, cancellationToken))
        {
            string place = Path.Combine(top, path);
            if (!Directory.Exists(place) || LinkedPath.Resolve(place) != place)
            {
                continue;
            }

            if (!names.TryGetValue(path, out string? name) || Find(source.Place, name, path) is not { } module)
            {
                notes.Add($"The submodule '{path}' is empty, as in the source. 'git submodule update --init' there brings it.");
                continue;
            }

            string gitDirectory = Path.Combine(made.Place.GitDirectory, "modules", name);
            var filled = git.Open(new(gitDirectory, gitDirectory, place), environment);
            try
            {
                await CloneAsync(git.Open(module, environment), filled, commit, cancellationToken);
                notes.AddRange(await FillAsync(git.Open(module, environment), filled, depth + 1, cancellationToken));
            }
            catch (GitException e)
            {
                Empty(gitDirectory, place);
                notes.Add($"The submodule '{path}' is empty: what the source has of it does not hold {commit[..12]}. {e.Message}");
            }
        }

        return notes;
    }

    /// <summary>The names of submodules by their paths; only those whose name is a directory's.</summary>
    private static async Task<Dictionary<string, string>> NamesAsync(GitRepository made, string file, CancellationToken cancellationToken)
    {
        const string Section = "submodule.";
        const string Key = ".path";
        var listed = await made.RunAsync(["config", "--file", file, "--no-includes", "--list", "--null"], cancellationToken);
        var names = new Dictionary<string, string>();
        foreach (string[] entry in listed.Fields.Select(entry => entry.Split('\n', 2)).Where(entry => entry.Length == 2))
        {
            if (entry[0].StartsWith(Section, StringComparison.Ordinal) && entry[0].EndsWith(Key, StringComparison.Ordinal) && entry[0].Length > Section.Length + Key.Length)
            {
                string name = entry[0][Section.Length..^Key.Length];
                if (name[0] != '-' && !name.Split('/', '\\').Any(part => part is "" or "." or ".."))
                {
                    names[entry[1]] = name;
                }
            }
        }

        return names;
    }

    private static async Task<IReadOnlyList<(string Path, string Commit)>> LinksAsync(GitRepository made, CancellationToken cancellationToken) =>
    [
        .. (await made.RunAsync(["ls-files", "--stage", "-z"], cancellationToken)).Fields
            .Where(entry => entry.StartsWith("160000 ", StringComparison.Ordinal))
            .Select(entry => entry.Split('\t', 2))
            .Select(entry => (entry[1], entry[0].Split(' ')[1])),
    ];

    /// <summary>Where the source has a submodule; never outside the source, whatever its files and links say.</summary>
    private static RepositoryPlace? Find(RepositoryPlace source, string name, string path)
    {
        string? tree = source.WorkTree is { } top ? Path.Combine(top, path) : null;
        string[] places = [Path.Combine(source.GitDirectory, "modules", name), Path.Combine(source.CommonDirectory, "modules", name), .. tree is null ? [] : new[] { tree }];
        foreach (string place in places.Where(Directory.Exists))
        {
            string resolved = LinkedPath.Resolve(place);
            if (RepositoryPlace.Find(resolved) is { } found && (found.GitDirectory == resolved || found.WorkTree == resolved)
                && (LinkedPath.IsWithin(found.GitDirectory, source.CommonDirectory) || (source.WorkTree is { } within && LinkedPath.IsWithin(found.GitDirectory, within)))
                && LinkedPath.IsWithin(found.CommonDirectory, source.WorkTree ?? source.CommonDirectory) | LinkedPath.IsWithin(found.CommonDirectory, source.CommonDirectory))
            {
                return found with { WorkTree = tree is not null && Directory.Exists(tree) && LinkedPath.Resolve(tree) == tree ? tree : null };
            }
        }

        return null;
    }

    private async Task CloneAsync(GitRepository module, GitRepository filled, string commit, CancellationToken cancellationToken)
    {
        var place = filled.Place;
        Directory.CreateDirectory(Path.GetDirectoryName(place.GitDirectory)!);
        await git.RunAsync(
            ["-c", "core.hooksPath=/dev/null", "-c", "protocol.file.allow=always", "clone", "--quiet", "--no-checkout", "--template=", "--origin", "origin",
                "--separate-git-dir", place.GitDirectory, "--", module.Place.CommonDirectory, place.WorkTree!],
            place.WorkTree!, environment, Patience, cancellationToken);
        string configuration = Path.Combine(place.GitDirectory, "config");
        var address = await module.TryAsync(
            ["config", "--file", Path.Combine(module.Place.CommonDirectory, "config"), "--no-includes", "--get", "remote.origin.url"], cancellationToken);
        await module.RunAsync(
            address.Succeeded
                ? ["config", "--file", configuration, "remote.origin.url", address.Text]
                : ["config", "--file", configuration, "--remove-section", "remote.origin"],
            cancellationToken);
        await module.RunAsync(
            ["config", "--file", configuration, "core.worktree", Path.GetRelativePath(place.GitDirectory, place.WorkTree!)], cancellationToken);
        await filled.RunAsync(["-c", "submodule.recurse=false", "checkout", "--quiet", "--force", "--detach", commit], cancellationToken);
    }

    private static void Empty(string gitDirectory, string place)
    {
        if (Directory.Exists(gitDirectory))
        {
            Directory.Delete(gitDirectory, recursive: true);
        }

        Directory.Delete(place, recursive: true);
        Directory.CreateDirectory(place);
    }
}
