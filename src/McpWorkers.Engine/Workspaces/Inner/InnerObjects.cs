using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workspaces.Files;
using McpWorkers.Engine.Workspaces.Git;
using McpWorkers.Engine.Workspaces.Trash;
using McpWorkers.Engine.Workspaces.Worktrees;

namespace McpWorkers.Engine.Workspaces.Inner;

/// <summary>
/// Takes objects out of an inner repository into the source's. The files are copied into a repository of the host's own first: so nothing that
/// the agent wrote beside them, a link or a list of alternates, leads git to what is not in the container. Then git reads every object, gives
/// it the name that its content has, and takes all of it or nothing.
/// </summary>
internal sealed class InnerObjects(GitTool git, InnerPlace place, GitRepository outside, IReadOnlyDictionary<string, string> environment)
{
    /// <summary>A pack of fewer is taken apart, as <c>git fetch</c> does it: else each run would leave a pack behind.</summary>
    private const int LooseMax = 100;

    private const int FilesMax = 1_000_000;
    private const int FanNameLength = 2;

    /// <summary>More than this of an agent's commits is not taken.</summary>
    internal long BytesMax { get; init; } = 4L << 30;

    /// <param name="ids">Whatever the agent's files name.</param>
    /// <returns>By id the commit that it is, or that it leads to as a tag; all of them are in the source now.</returns>
    /// <exception cref="GitException">Something that is needed is missing or damaged: nothing was taken.</exception>
    /// <exception cref="RefusedException">It is too much.</exception>
    public async Task<IReadOnlyDictionary<string, string>> TakeAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        // What a host that died had begun.
        TreeRemoval.Delete(place.Taken, cancellationToken);
        var known = await HeldObjects.TypesAsync(outside, [.. ids], cancellationToken);
        var missing = ids.Where(id => !known.ContainsKey(id)).ToList();
        if (missing.Count == 0)
        {
            return await CommitsAsync(known, cancellationToken);
        }

        try
        {
            var taken = await CopyAsync(cancellationToken);
            var found = await HeldObjects.TypesAsync(taken, missing, cancellationToken);
            string[] tips = [.. found.Where(each => each.Value is "commit" or "tag").Select(each => each.Key)];
            if (tips.Length > 0)
            {
                await MoveAsync(taken, tips, cancellationToken);
            }

            return await CommitsAsync(known.Concat(found), cancellationToken);
        }
        finally
        {
            TreeRemoval.Delete(place.Taken, CancellationToken.None);
            git.Forget(place.Taken);
        }
    }

    private async Task<IReadOnlyDictionary<string, string>> CommitsAsync(IEnumerable<KeyValuePair<string, string>> types, CancellationToken cancellationToken)
    {
        var commits = new Dictionary<string, string>();
        foreach (var (id, type) in types)
        {
            if ((type == "commit" ? id : type == "tag" ? await outside.ResolveAsync(id, cancellationToken) : null) is { } commit)
            {
                commits[id] = commit;
            }
        }

        return commits;
    }

    private async Task<GitRepository> CopyAsync(CancellationToken cancellationToken)
    {
        string common = outside.Place.CommonDirectory;
        string objects = Path.Combine(place.Taken, "objects");
        Directory.CreateDirectory(Path.Combine(objects, "info"));
        Directory.CreateDirectory(Path.Combine(objects, "pack"));
        Directory.CreateDirectory(Path.Combine(place.Taken, "refs"));
        string format = (await outside.RunAsync(["rev-parse", "--show-object-format"], cancellationToken)).Text;
        await File.WriteAllTextAsync(Path.Combine(objects, "info", "alternates"), LinkedPath.Resolve(Path.Combine(common, "objects")) + "\n", cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(place.Taken, "HEAD"), "ref: refs/heads/none\n", cancellationToken);
        await File.WriteAllTextAsync(
            Path.Combine(place.Taken, "config"), $"[core]\n\trepositoryFormatVersion = 1\n\tbare = true\n[extensions]\n\tobjectFormat = {format}\n", cancellationToken);
        if (InnerConfiguration.Read(Path.Combine(common, "shallow")) is { Length: > 0 } shallow)
        {
            await File.WriteAllBytesAsync(Path.Combine(place.Taken, "shallow"), shallow, cancellationToken);
        }

        var taken = git.Open(new(place.Taken, place.Taken, null), environment);
        var room = new Room(Math.Min(BytesMax, DiskRoom.FreeAt(place.Beside) - DiskRoom.Margin), place.Repository);
        using var inner = OpenDirectory.Open(place.Repository);
        using var from = inner.TryEnter("objects");
        if (from is not null)
        {
            await CopyLooseAsync(from, objects, format == "sha256" ? 64 : 40, room, cancellationToken);
            foreach (string pack in CopyPacks(from, Path.Combine(objects, "pack"), room, cancellationToken))
            {
                // Its index is made anew: the agent's could say anything.
                await taken.RunAsync(["index-pack", "--threads=1", pack], cancellationToken);
            }
        }

        return taken;
    }

    private async Task CopyLooseAsync(OpenDirectory from, string to, int idLength, Room room, CancellationToken cancellationToken)
    {
        foreach (string name in from.Names().Where(name => name.Length == FanNameLength && name.All(char.IsAsciiHexDigitLower)))
        {
            using var fan = from.TryEnter(name);
            var files = (fan?.Names() ?? []).Where(file => file.Length == idLength - name.Length && file.All(char.IsAsciiHexDigitLower)).ToList();
            room.Count(files.Count);

            // What the source has is not asked for again; what it says of an id is right, whatever lies in the agent's file.
            var known = await HeldObjects.TypesAsync(outside, [.. files.Select(file => name + file)], cancellationToken);
            foreach (string file in files.Where(file => !known.ContainsKey(name + file)))
            {
                Directory.CreateDirectory(Path.Combine(to, name));
                room.Copy(fan!, file, Path.Combine(to, name, file), cancellationToken);
            }
        }
    }

    private static List<string> CopyPacks(OpenDirectory from, string to, Room room, CancellationToken cancellationToken)
    {
        using var packs = from.TryEnter("pack");
        var copied = new List<string>();
        foreach (string name in (packs?.Names() ?? []).Where(name => name.EndsWith(".pack", StringComparison.Ordinal)))
        {
            room.Count(1);
            string path = Path.Combine(to, string.Create(CultureInfo.InvariantCulture, $"pack-{copied.Count:d8}.pack"));
            if (room.Copy(packs!, name, path, cancellationToken))
            {
                copied.Add(path);
            }
        }

        return copied;
    }

    /// <summary>All that the tips lead to and the source has not, as one pack.</summary>
    private async Task MoveAsync(GitRepository taken, string[] tips, CancellationToken cancellationToken)
    {
        string pack = Path.Combine(place.Taken, "all.pack");
        string input = string.Concat(tips.Select(tip => tip + "\n"));
        await using var file = new FileStream(pack, FileMode.Create, FileAccess.ReadWrite);
        await taken.With(("GIT_NO_LAZY_FETCH", "1")).StreamAsync(
            ["-c", "pack.threads=1", "pack-objects", "-q", "--revs", "--local", "--stdout", "--delta-base-offset"], Encoding.ASCII.GetBytes(input), file, cancellationToken);
        byte[] head = new byte[12];
        file.Position = 0;
        await file.ReadExactlyAsync(head, cancellationToken);
        file.Position = 0;
        int count = BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(8));
        await outside.FeedAsync(
            count < LooseMax ? ["unpack-objects", "-q", "--strict"] : ["index-pack", "--stdin", "--strict", "--threads=1"],
            (to, stop) => file.CopyToAsync(to, stop),
            cancellationToken);
        var there = await HeldObjects.TypesAsync(outside, tips, cancellationToken);
        if (tips.FirstOrDefault(tip => !there.ContainsKey(tip)) is { } lost)
        {
            throw new GitException($"{lost} is not what its name says.");
        }
    }

    /// <summary>How much may still be copied.</summary>
    private sealed class Room(long bytes, string repository)
    {
        private const int BufferLength = 128 * 1024;

        private long _bytes = bytes;
        private int _files = FilesMax;

        public void Count(int files)
        {
            if ((_files -= files) < 0)
            {
                throw TooMuch($"more than {FilesMax} files");
            }
        }

        /// <returns>Whether it is a regular file.</returns>
        public bool Copy(OpenDirectory from, string name, string to, CancellationToken cancellationToken)
        {
            if (from.Look(name) is not { Kind: FileKind.File })
            {
                return false;
            }

            using var source = from.Read(name);
            using var target = File.OpenHandle(to, FileMode.CreateNew, FileAccess.Write);
            byte[] buffer = new byte[BufferLength];
            for (long at = 0; RandomAccess.Read(source, buffer, at) is > 0 and var count; at += count)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if ((_bytes -= count) < 0)
                {
                    throw TooMuch("more than there is room for");
                }

                RandomAccess.Write(target, buffer.AsSpan(0, count), at);
            }

            return true;
        }

        private RefusedException TooMuch(string what) => new(
            RefusalCode.LimitReached, $"The repository that the agent had in its container, '{repository}', holds {what}: nothing of it was brought. It stays there; 'git fetch' from it by hand, as data that is not trusted.");
    }
}
