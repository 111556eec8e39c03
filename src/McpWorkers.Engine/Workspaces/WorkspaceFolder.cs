using System.Text.Json;

namespace McpWorkers.Engine.Workspaces;

/// <summary>The directory <c>workspaces</c> of a data directory: for each workspace a directory with its record and the place itself.</summary>
internal sealed class WorkspaceFolder(string dataDirectory)
{
    private const string RecordName = "workspace.json";
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Absolute, links resolved.</summary>
    public string Root { get; } = LinkedPath.Resolve(Path.Combine(dataDirectory, "workspaces"));

    /// <summary>The data directory's other places for workspaces: <c>git</c>, <c>trash</c>, <c>setup</c>, <c>ports</c>, <c>merges</c>.</summary>
    public string Beside(string name) => Path.Combine(dataDirectory, name);

    public string PathOf(string id) => Path.Combine(Root, id);

    public void Make(string id)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(PathOf(id));
        }
        else
        {
            Directory.CreateDirectory(Root, Private);
            Directory.CreateDirectory(PathOf(id), Private);
        }
    }

    /// <summary>Replaces the record as a whole, synced.</summary>
    /// <exception cref="IOException">It could not be written; what stood there stands.</exception>
    public void Write(Workspace workspace)
    {
        string path = Path.Combine(PathOf(workspace.Id), RecordName);
        using (var file = new FileStream(path + ".new", FileMode.Create, FileAccess.Write))
        {
            JsonSerializer.Serialize(file, workspace, WorkspaceJson.Default.Workspace);
            file.Flush(flushToDisk: true);
        }

        File.Move(path + ".new", path, overwrite: true);
    }

    /// <summary>Null where there is none by this name, or its record cannot be read.</summary>
    public Workspace? Find(string id)
    {
        if (id.Length == 0 || id.AsSpan().IndexOfAny('/', '\\', '\0') >= 0 || id is "." or "..")
        {
            return null;
        }

        try
        {
            using var file = File.OpenRead(Path.Combine(PathOf(id), RecordName));
            return JsonSerializer.Deserialize(file, WorkspaceJson.Default.Workspace) is { Format: <= Workspace.FormatVersion } workspace && workspace.Id == id ? workspace : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>All that can be read, the oldest first.</summary>
    public IReadOnlyList<Workspace> All() => Directory.Exists(Root)
        ? [.. Directory.EnumerateDirectories(Root).Select(path => Find(Path.GetFileName(path))).OfType<Workspace>().OrderBy(workspace => workspace.Created)]
        : [];

    /// <summary>Forgets a workspace whose place is gone: the record last.</summary>
    public void Drop(string id)
    {
        string directory = PathOf(id);
        if (!Directory.Exists(directory))
        {
            return;
        }

        File.Delete(Path.Combine(directory, RecordName));
        Directory.Delete(directory, recursive: true);
    }
}
