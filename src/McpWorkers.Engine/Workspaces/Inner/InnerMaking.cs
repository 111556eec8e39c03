using System.Text;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Files;
using McpWorkers.Engine.Workspaces.Git;
using McpWorkers.Engine.Workspaces.Worktrees;

namespace McpWorkers.Engine.Workspaces.Inner;

/// <summary>Writes inner repositories: a fresh one, or where the worktree stands now into one that the agent has had. Files: gitrepository-layout(5).</summary>
/// <param name="outside">The worktree, as the host sees it.</param>
internal sealed class InnerMaking(InnerPlace place, GitRepository outside, IReadOnlyList<string> stores, InnerStand stand)
{
    /// <summary>What git commands leave that were killed with their run.</summary>
    private static readonly string[] Locks = ["index.lock", "HEAD.lock", "config.lock", "packed-refs.lock", "shallow.lock"];

    private static readonly (string Name, bool IsDeep)[] Looked = [("refs", true), ("logs", true), ("info", true), ("objects", false)];

    /// <exception cref="GitException">Git failed.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public async Task MakeAsync(WorkspaceSettings settings, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        string made = place.Repository + ".new";
        TreeRemoval.Delete(made, cancellationToken);
        foreach (string directory in (string[])["objects/pack", "objects/info", "refs/heads", "refs/tags", "info"])
        {
            Directory.CreateDirectory(Path.Combine(made, directory));
        }

        var source = outside.Place;
        await File.WriteAllTextAsync(Path.Combine(made, "config"), await InnerConfiguration.TextAsync(outside, settings, cancellationToken), cancellationToken);
        await File.WriteAllBytesAsync(Path.Combine(made, "info", "exclude"), await InnerConfiguration.ExcludedAsync(outside, environment, cancellationToken), cancellationToken);
        await File.WriteAllBytesAsync(Path.Combine(made, "info", "attributes"), InnerConfiguration.Read(Path.Combine(source.CommonDirectory, "info", "attributes")), cancellationToken);
        if (InnerConfiguration.Read(Path.Combine(source.CommonDirectory, "shallow")) is { Length: > 0 } shallow)
        {
            await File.WriteAllBytesAsync(Path.Combine(made, "shallow"), shallow, cancellationToken);
        }

        await SparseFiles.BringAsync(outside, made, cancellationToken);
        string given = await GivenAsync(cancellationToken);
        await File.WriteAllTextAsync(place.Given, given, cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(made, "packed-refs"), given, cancellationToken);
        await SetAsync(made, cancellationToken);
        Directory.Move(made, place.Repository);
    }

    /// <summary>Sets refs and index to where the worktree is. What else the agent has in its repository stays.</summary>
    public Task SetAsync(CancellationToken cancellationToken) => SetAsync(place.Repository, cancellationToken);

    /// <summary>Makes sure that git can work in it: the way to the objects, and nobody's lock.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Mend()
    {
        using var inner = OpenDirectory.Open(place.Repository);
        foreach (string name in Locks)
        {
            inner.Drop(name);
        }

        if (stand.Branch is not null)
        {
            inner.Drop(stand.Branch + ".lock");
        }

        inner.DropOdd(isDeep: false);
        foreach (var (name, isDeep) in Looked)
        {
            using var directory = inner.TryEnter(name);
            directory?.DropOdd(isDeep);
        }

        foreach (string name in (string[])["info", "pack"])
        {
            using var objects = inner.TryEnter("objects");
            using var directory = objects?.TryEnter(name);
            directory?.DropOdd(isDeep: false);
        }

        inner.PutAt("objects/info/alternates", Alternates());
    }

    private byte[] Alternates() => Encoding.UTF8.GetBytes(string.Concat(stores.Select(store => store + "\n")));

    private async Task SetAsync(string repository, CancellationToken cancellationToken)
    {
        var (index, written) = await IndexAsync(cancellationToken);
        using var inner = OpenDirectory.Open(repository);
        inner.PutAt("objects/info/alternates", Alternates());
        if (stand is { Branch: { } branch, Tip: { } tip })
        {
            inner.PutAt(branch, Encoding.ASCII.GetBytes(tip + "\n"));
        }

        inner.Put("HEAD", Encoding.UTF8.GetBytes(stand.IsOnBranch ? $"ref: {stand.Branch}\n" : stand.Head + "\n"));
        inner.Drop("index");
        if (index.Length > 0)
        {
            // With the time, by which git tells which files it must read again (git's "racy" entries).
            inner.Put("index", index, written);
        }
    }

    /// <summary>The worktree's index as one file, with all that it knows of the files' times and sizes.</summary>
    private async Task<(byte[] Content, DateTime Written)> IndexAsync(CancellationToken cancellationToken)
    {
        string own = Path.Combine(outside.Place.GitDirectory, "index");
        if (!File.Exists(own))
        {
            return ([], default);
        }

        var written = File.GetLastWriteTimeUtc(own);
        if (Directory.GetFiles(outside.Place.GitDirectory, "sharedindex.*").Length == 0)
        {
            return (await File.ReadAllBytesAsync(own, cancellationToken), written);
        }

        string whole = place.Repository + ".index";
        File.Delete(whole);
        IndexCopy.Make(own, whole);
        await outside.With(("GIT_INDEX_FILE", whole)).RunAsync(["update-index", "--no-split-index"], cancellationToken);
        byte[] content = await File.ReadAllBytesAsync(whole, cancellationToken);
        File.Delete(whole);
        return (content, written);
    }

    /// <summary>The user's branches, tags and what he knows of remotes, to compare with; other workers' branches are not this one's business.</summary>
    private async Task<string> GivenAsync(CancellationToken cancellationToken)
    {
        var listed = await outside.RunAsync(["for-each-ref", "--format=%(objectname) %(refname)", "refs/heads", "refs/tags", "refs/remotes"], cancellationToken);
        return string.Concat(listed.Lines.Where(line => !line.Contains(" refs/heads/mcpworkers/", StringComparison.Ordinal)).Select(line => line + "\n"));
    }
}

/// <summary>Where a worktree stands.</summary>
/// <param name="Branch">The worker's, such as <c>refs/heads/mcpworkers/term_…</c>; null where there is none.</param>
/// <param name="Tip">The commit at which the branch is.</param>
/// <param name="Head">The commit at which HEAD is.</param>
/// <param name="IsOnBranch">HEAD is on that branch; else it is on none, as seen from inside.</param>
internal sealed record InnerStand(string? Branch, string? Tip, string? Head, bool IsOnBranch);
