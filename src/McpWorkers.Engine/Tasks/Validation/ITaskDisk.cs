namespace McpWorkers.Engine.Tasks.Validation;

/// <summary>What a check must know of the disk.</summary>
internal interface ITaskDisk
{
    /// <summary>The absolute path with every link on the way resolved. What does not exist stays as it is.</summary>
    string Resolve(string path);

    /// <summary>In bytes; null where there is no regular file.</summary>
    long? LengthOf(string path);
}

/// <summary>The disk of this machine.</summary>
internal sealed class TaskDisk : ITaskDisk
{
    private const int LinksMax = 40;

    public string Resolve(string path)
    {
        string rest = Path.GetFullPath(path);
        for (int links = 0; links < LinksMax; links++)
        {
            if (FirstLink(rest) is not { } link)
            {
                return rest;
            }

            string target = Path.GetFullPath(new FileInfo(link).LinkTarget!, Path.GetDirectoryName(link)!);
            rest = Path.GetFullPath(target + rest[link.Length..]);
        }

        // A circle: nothing is in it.
        return Path.GetPathRoot(rest)!;
    }

    public long? LengthOf(string path) => new FileInfo(path) is { Exists: true } file && (file.Attributes & FileAttributes.Device) == 0 ? file.Length : null;

    private static string? FirstLink(string path)
    {
        for (int end = path.IndexOf(Path.DirectorySeparatorChar, Path.GetPathRoot(path)!.Length); ; end = path.IndexOf(Path.DirectorySeparatorChar, end + 1))
        {
            string part = end < 0 ? path : path[..end];
            if (part.Length > 0 && new FileInfo(part).LinkTarget is not null)
            {
                return part;
            }

            if (end < 0)
            {
                return null;
            }
        }
    }
}
