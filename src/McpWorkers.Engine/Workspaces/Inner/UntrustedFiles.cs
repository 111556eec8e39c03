using McpWorkers.Engine.Workspaces.Files;

namespace McpWorkers.Engine.Workspaces.Inner;

/// <summary>
/// Small files in a directory that somebody else may write to at any time: read and written without following a link, and only as long as they
/// are regular files of a sane size.
/// </summary>
internal static class UntrustedFiles
{
    private const int DepthMax = 24;

    /// <returns>Null where there is no such regular file, or it is longer.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static byte[]? TryRead(this OpenDirectory directory, string name, int bytesMax, bool isTail = false)
    {
        if (directory.Look(name) is not { Kind: FileKind.File })
        {
            return null;
        }

        using var file = directory.Read(name);
        long length = RandomAccess.GetLength(file);
        if (length > bytesMax && !isTail)
        {
            return null;
        }

        byte[] content = new byte[Math.Min(length, bytesMax)];
        long from = length - content.Length;
        int count = 0;
        while (count < content.Length && RandomAccess.Read(file, content.AsSpan(count), from + count) is > 0 and var read)
        {
            count += read;
        }

        return content[..count];
    }

    /// <summary>Null where there is no such directory.</summary>
    public static OpenDirectory? TryEnter(this OpenDirectory directory, string name) =>
        directory.Look(name) is { Kind: FileKind.Directory } ? directory.Enter(name) : null;

    /// <summary>Enters a directory; what else is in its place goes.</summary>
    public static OpenDirectory EnterOrMake(this OpenDirectory directory, string name)
    {
        if (directory.Look(name) is { Kind: not FileKind.Directory })
        {
            directory.Delete(name, isDirectory: false);
        }

        return directory.Make(name);
    }

    /// <summary>Puts a file where whatever else goes; not as one step, for nothing of the run is left that could see it.</summary>
    /// <param name="modified">When it is to have been changed last; null for now.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Put(this OpenDirectory directory, string name, ReadOnlySpan<byte> content, DateTime? modified = null)
    {
        TreeRemoval.Delete(directory, name, CancellationToken.None);
        using var file = directory.Create(name);
        RandomAccess.Write(file, content, 0);
        if (modified is { } time)
        {
            File.SetLastWriteTimeUtc(file, time);
        }
    }

    /// <param name="path">With '/', relative; directories on the way are made.</param>
    public static void PutAt(this OpenDirectory directory, string path, ReadOnlySpan<byte> content)
    {
        int slash = path.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0)
        {
            directory.Put(path, content);
            return;
        }

        using var below = directory.EnterOrMake(path[..slash]);
        below.PutAt(path[(slash + 1)..], content);
    }

    /// <summary>Removes what is neither file nor directory: git would follow a link, and wait for a pipe for ever.</summary>
    public static void DropOdd(this OpenDirectory directory, bool isDeep, int depth = 0)
    {
        foreach (string name in directory.Names())
        {
            switch (directory.Look(name)?.Kind)
            {
                case FileKind.Link or FileKind.Other:
                    directory.Delete(name, isDirectory: false);
                    break;
                case FileKind.Directory when isDeep && depth < DepthMax:
                    using (var below = directory.Enter(name))
                    {
                        below.DropOdd(isDeep, depth + 1);
                    }

                    break;
            }
        }
    }

    /// <summary>Removes a file, if it is there.</summary>
    public static void Drop(this OpenDirectory directory, string path)
    {
        int slash = path.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0)
        {
            if (directory.Look(path) is { Kind: not FileKind.Directory })
            {
                directory.Delete(path, isDirectory: false);
            }

            return;
        }

        using var below = directory.TryEnter(path[..slash]);
        below?.Drop(path[(slash + 1)..]);
    }
}
