using System.Globalization;
using System.Text.Json;

namespace McpWorkers.Engine.Workspaces.Trash;

/// <summary>The directory <c>trash</c> of a data directory: a record for each snapshot, and the repository that holds those of clones.</summary>
internal sealed class TrashFolder(string path)
{
    private const string Ending = ".json";

    /// <summary>Of a snapshot that is being taken: known before git knows of it.</summary>
    private const string TakingEnding = ".taking";

    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>A bare repository; made where it is needed.</summary>
    public string Clones { get; } = Path.Combine(path, "clones.git");

    public string Scratch(string id) => Path.Combine(path, id + ".scratch");

    /// <summary>Takes an id that nothing has, and keeps it.</summary>
    public TrashEntry Begin(Func<string, TrashEntry> make, string workspaceId, DateTimeOffset now)
    {
        Make();
        string stem = $"{now.UtcDateTime.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}-{workspaceId}";
        for (int i = 1; ; i++)
        {
            string id = i == 1 ? stem : $"{stem}-{i}";
            try
            {
                if (!File.Exists(PathOf(id, Ending)))
                {
                    var entry = make(id);
                    Write(PathOf(id, TakingEnding), entry, FileMode.CreateNew);
                    return entry;
                }
            }
            catch (IOException) when (File.Exists(PathOf(id, TakingEnding)))
            {
                // Another removal of the same second has it.
            }
        }
    }

    /// <summary>The snapshot counts from here.</summary>
    public void Finish(TrashEntry entry)
    {
        Write(PathOf(entry.Id, ".new"), entry, FileMode.Create);
        File.Move(PathOf(entry.Id, ".new"), PathOf(entry.Id, Ending), overwrite: true);
        File.Delete(PathOf(entry.Id, TakingEnding));
    }

    public void GiveUp(TrashEntry entry) => File.Delete(PathOf(entry.Id, TakingEnding));

    public void Delete(string id) => File.Delete(PathOf(id, Ending));

    public TrashEntry? Find(string id) => id.AsSpan().IndexOfAny('/', '\\', '\0') < 0 ? Read(PathOf(id, Ending)) : null;

    /// <summary>The newest first.</summary>
    public IReadOnlyList<TrashEntry> All() => [.. Files(Ending).Select(Read).OfType<TrashEntry>().OrderByDescending(entry => entry.Taken).ThenByDescending(entry => entry.Id, StringComparer.Ordinal)];

    /// <summary>Snapshots that were begun; whether by somebody who is still at it cannot be told here.</summary>
    public IReadOnlyList<TrashEntry> Begun() => [.. Files(TakingEnding).Select(Read).OfType<TrashEntry>()];

    public void Make()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, Private);
        }
    }

    private IEnumerable<string> Files(string ending) => Directory.Exists(path) ? Directory.EnumerateFiles(path, "*" + ending) : [];

    private string PathOf(string id, string ending) => Path.Combine(path, id + ending);

    private static void Write(string file, TrashEntry entry, FileMode mode)
    {
        using var stream = new FileStream(file, mode, FileAccess.Write);
        JsonSerializer.Serialize(stream, entry, WorkspaceJson.Default.TrashEntry);
        stream.Flush(flushToDisk: true);
    }

    private static TrashEntry? Read(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            return JsonSerializer.Deserialize(stream, WorkspaceJson.Default.TrashEntry);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }
}
