using McpWorkers.Engine.Workspaces.Changes;
using McpWorkers.Engine.Workspaces.Files;
using McpWorkers.Engine.Workspaces.Git;

namespace McpWorkers.Engine.Workspaces.Merging;

/// <summary>Takes the files of a worktree from one commit to another, over an index that is held. What is not committed there is not touched.</summary>
/// <param name="checkout">The worktree, with the held index's draft as its index.</param>
internal sealed class CheckoutMove(GitRepository checkout)
{
    private const string NoMode = "000000";

    /// <summary>The worktree over the draft of its index.</summary>
    public static CheckoutMove Over(GitRepository checkout, IndexHold hold) => new(checkout.With(("GIT_INDEX_FILE", hold.Draft)));

    /// <summary>Whether it could be moved now.</summary>
    /// <returns>Git's words where it could not; null where it could.</returns>
    public async Task<string?> TryDryAsync(string from, string to, CancellationToken cancellationToken)
    {
        // A file that was only touched is no change; exit code 1 says that there are changes, which the next command judges.
        await checkout.TryAsync(["update-index", "-q", "--refresh"], cancellationToken);
        var said = await checkout.TryAsync(["read-tree", "-m", "-u", "--dry-run", "--no-recurse-submodules", from, to], cancellationToken);
        return said.Succeeded ? null : said.Complaint.Trim();
    }

    /// <exception cref="GitException">It stopped on the way: see <see cref="SettleAsync"/>.</exception>
    public Task RunAsync(string from, string to, CancellationToken cancellationToken) =>
        checkout.RunAsync(["read-tree", "-m", "-u", "--no-recurse-submodules", from, to], cancellationToken);

    /// <summary>
    /// Brings a worktree that stands somewhere between two commits, because a move was broken off, to one of them. A file that is as one of the
    /// two has it, or gone, or the beginning of what was being written, is as the move left it; any other one is somebody's work and stays.
    /// </summary>
    public async Task SettleAsync(string from, string to, CancellationToken cancellationToken)
    {
        var fields = RawName.Fields((await checkout.RunAsync(["diff-tree", "-r", "--raw", "-z", "--no-renames", from, to], cancellationToken)).Bytes);
        var changes = fields.Chunk(2).Select(pair => (Path: pair[1], Words: pair[0].TrimStart(':').Split(' '))).ToList();
        var unlikeFrom = await UnlikeAsync(from, cancellationToken);
        var unlikeTo = await UnlikeAsync(to, cancellationToken);
        var entries = new List<string>();
        var write = new List<string>();
        foreach (var (path, words) in changes)
        {
            bool wanted = words[1] != NoMode;
            bool isAsFrom = words[0] != NoMode && !unlikeFrom.ContainsKey(path);
            entries.Add(wanted ? $"{words[1]} {words[3]}\t{path}" : $"0 {new string('0', words[2].Length)}\t{path}");
            if (!wanted)
            {
                if (isAsFrom)
                {
                    Delete(path);
                }
            }
            else if (isAsFrom || unlikeTo.GetValueOrDefault(path) == 'D' || (unlikeTo.ContainsKey(path) && await IsBegunAsync(to, path, cancellationToken)))
            {
                write.Add(path);
            }
        }

        await checkout.RunAsync(["update-index", "--replace", "-z", "--index-info"], RawName.Terminated(entries), cancellationToken);
        if (write.Count > 0)
        {
            await checkout.RunAsync(["checkout-index", "--force", "--index", "-z", "--stdin"], RawName.Terminated(write), cancellationToken);
        }

        await checkout.TryAsync(["update-index", "-q", "--refresh"], cancellationToken);
    }

    /// <summary>The paths at which the files differ from a commit, with git's letter: D where there is none.</summary>
    private async Task<Dictionary<string, char>> UnlikeAsync(string commit, CancellationToken cancellationToken)
    {
        string index = Path.Combine(checkout.Place.GitDirectory, $"index.mcpworkers-{Guid.NewGuid():N}");
        var compared = checkout.With(("GIT_INDEX_FILE", index));
        try
        {
            await compared.RunAsync(["read-tree", commit], cancellationToken);
            await compared.TryAsync(["update-index", "-q", "--refresh"], cancellationToken);
            var said = await compared.RunAsync(["diff-files", "--raw", "-z", "--no-renames", "--ignore-submodules=all"], cancellationToken);
            return RawName.Fields(said.Bytes).Chunk(2).ToDictionary(pair => pair[1], pair => pair[0][^1]);
        }
        finally
        {
            File.Delete(index);
            File.Delete(index + ".lock");
        }
    }

    /// <summary>Whether a file is the beginning of what a commit has there, as it would be checked out.</summary>
    private async Task<bool> IsBegunAsync(string commit, string path, CancellationToken cancellationToken)
    {
        string name = new GitPath(path).Text;
        string file = Path.Combine(checkout.Place.WorkTree!, name);
        if (new FileInfo(file) is not { Exists: true, LinkTarget: null } there)
        {
            return false;
        }

        var whole = await checkout.RunAsync(["cat-file", "--filters", $"{commit}:{name}"], cancellationToken);
        return there.Length <= whole.Bytes.Length && whole.Bytes.Span.StartsWith(File.ReadAllBytes(file));
    }

    private void Delete(string path)
    {
        string root = checkout.Place.WorkTree!;
        string file = Path.Combine(root, new GitPath(path).Text);
        string directory = Path.GetDirectoryName(file)!;
        if (LinkedPath.Resolve(directory) != directory)
        {
            // Somebody has put a link there meanwhile: what is behind it is not this worktree's.
            return;
        }

        File.Delete(file);
        while (directory != root && !Directory.EnumerateFileSystemEntries(directory).Any())
        {
            Directory.Delete(directory);
            directory = Path.GetDirectoryName(directory)!;
        }
    }
}
