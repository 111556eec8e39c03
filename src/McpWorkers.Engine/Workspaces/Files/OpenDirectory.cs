using Microsoft.Win32.SafeHandles;

namespace McpWorkers.Engine.Workspaces.Files;

/// <summary>
/// A directory that is held open, and what is directly in it, by raw names (<see cref="RawName"/>). No link is ever followed below the
/// directory that was opened first.
/// </summary>
internal abstract class OpenDirectory : IDisposable
{
    /// <param name="path">Absolute, links resolved.</param>
    /// <exception cref="IOException">It cannot be opened, or is a link.</exception>
    public static OpenDirectory Open(string path) => OperatingSystem.IsLinux() ? LinuxDirectory.OpenPath(path) : new PortableDirectory(path);

    /// <summary>What the directory itself is.</summary>
    public abstract FileFacts Facts { get; }

    /// <summary>In no order.</summary>
    public abstract IReadOnlyList<string> Names();

    /// <summary>Null where there is nothing by that name.</summary>
    public abstract FileFacts? Look(string name);

    public abstract OpenDirectory Enter(string name);

    /// <summary>Opens a regular file; anything else is refused, and a FIFO does not block.</summary>
    public abstract SafeFileHandle Read(string name);

    public abstract string LinkTarget(string name);

    public abstract void Delete(string name, bool isDirectory);

    /// <summary>Of a file or a directory that is no link.</summary>
    public abstract void SetMode(string name, int mode);

    /// <summary>Makes a directory where there is none, and enters it.</summary>
    public abstract OpenDirectory Make(string name);

    /// <summary>A new file for writing.</summary>
    public abstract SafeFileHandle Create(string name);

    public abstract void Link(string name, string target);

    /// <summary>Sees to it that names and files that were written here outlast a loss of power.</summary>
    public abstract void Sync();

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}
