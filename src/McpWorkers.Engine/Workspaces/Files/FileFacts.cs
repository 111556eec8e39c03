namespace McpWorkers.Engine.Workspaces.Files;

internal enum FileKind
{
    File,
    Directory,
    Link,

    /// <summary>A socket, a FIFO, a device.</summary>
    Other,
}

/// <summary>What tells one state of a file from another without reading it.</summary>
/// <param name="Mode">The permission bits, 0–4095.</param>
/// <param name="Changed">When content or facts changed last, in nanoseconds: nobody can set it back.</param>
internal readonly record struct FileFacts(FileKind Kind, int Mode, long Size, ulong Inode, long Modified, long Changed);
