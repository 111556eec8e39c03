using System.Text.Json;
using System.Text.Json.Serialization;

namespace McpWorkers.Engine.Workspaces.Merging;

/// <summary>
/// What a merge is about to do, as <c>merges/ID.json</c> of the data directory says it from before the first step until after the last one:
/// whoever finds it knows what to finish or to undo.
/// </summary>
internal sealed record MergeJournal
{
    /// <summary>Also the name of the merge's directory beside the journal.</summary>
    public required string Id { get; init; }

    /// <summary>The workspace's id.</summary>
    public required string Workspace { get; init; }

    public required string CommonDirectory { get; init; }

    /// <summary>The target, such as <c>refs/heads/main</c>.</summary>
    public required string Ref { get; init; }

    /// <summary>What is merged.</summary>
    public required string Head { get; init; }

    /// <summary>Where the target stood; null where it had no commit.</summary>
    public string? Old { get; init; }

    /// <summary>Where the target is to stand; null while that is not decided: then nothing was moved.</summary>
    public string? New { get; init; }

    /// <summary>The git directory of the worktree that has the target checked out; null where none has.</summary>
    public string? CheckoutGitDirectory { get; init; }

    /// <summary>The top of that worktree.</summary>
    public string? CheckoutRoot { get; init; }
}

/// <summary>The journals of a data directory, each with a directory for what its merge makes.</summary>
internal sealed class MergeFolder(string root)
{
    private const string LockName = "held";
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public string PathOf(string id) => Path.Combine(root, id);

    /// <summary>Makes the directory of a merge.</summary>
    /// <returns>Held until disposed: meanwhile no recovery, of this process or of another one, touches it.</returns>
    /// <exception cref="IOException">It cannot be made.</exception>
    public FileStream Begin(string id)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(PathOf(id));
        }
        else
        {
            Directory.CreateDirectory(root, Private);
            Directory.CreateDirectory(PathOf(id), Private);
        }

        return new FileStream(Path.Combine(PathOf(id), LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
    }

    /// <summary>Replaces the journal as a whole, synced.</summary>
    public void Write(MergeJournal journal)
    {
        string path = PathOf(journal.Id) + ".json";
        using (var file = new FileStream(path + ".new", FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(file, journal, MergeJson.Default.MergeJournal);
            file.Flush(flushToDisk: true);
        }

        File.Move(path + ".new", path, overwrite: true);
    }

    /// <summary>Null where there is none, or nothing was written yet.</summary>
    /// <exception cref="JsonException">It is no journal.</exception>
    public MergeJournal? Read(string id)
    {
        string path = PathOf(id) + ".json";
        return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), MergeJson.Default.MergeJournal) : null;
    }

    /// <summary>Forgets a merge: its directory first, so that the journal goes last.</summary>
    public void Drop(string id)
    {
        if (Directory.Exists(PathOf(id)))
        {
            WritableTree.Delete(PathOf(id));
        }

        File.Delete(PathOf(id) + ".json.new");
        File.Delete(PathOf(id) + ".json");
    }

    /// <summary>All merges and forecasts of which something is there.</summary>
    public IReadOnlyList<string> All() => Directory.Exists(root)
        ? [.. Directory.EnumerateDirectories(root).Select(path => Path.GetFileName(path))
            .Concat(Directory.EnumerateFiles(root, "*.json").Select(path => Path.GetFileNameWithoutExtension(path)))
            .Distinct().Order(StringComparer.Ordinal)]
        : [];
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(MergeJournal))]
internal sealed partial class MergeJson : JsonSerializerContext;
