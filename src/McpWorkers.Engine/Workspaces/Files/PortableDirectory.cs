using Microsoft.Win32.SafeHandles;

namespace McpWorkers.Engine.Workspaces.Files;

/// <summary>By paths, for systems whose file names are always text. There a link could be put in the place of a directory meanwhile.</summary>
internal sealed class PortableDirectory : OpenDirectory
{
    private const UnixFileMode Everything = (UnixFileMode)0xfff;

    private readonly string _path;

    public PortableDirectory(string path)
    {
        _path = path;
        if (new DirectoryInfo(path) is not { Exists: true, LinkTarget: null })
        {
            throw new IOException($"'{path}' is no directory.");
        }
    }

    public override FileFacts Facts => FactsOf(new DirectoryInfo(_path));

    public override IReadOnlyList<string> Names() => [.. new DirectoryInfo(_path).EnumerateFileSystemInfos().Select(info => RawName.FromText(info.Name))];

    public override FileFacts? Look(string name)
    {
        string path = PathOf(name);
        var info = Directory.Exists(path) && new FileInfo(path).LinkTarget is null ? (FileSystemInfo)new DirectoryInfo(path) : new FileInfo(path);
        return info.Exists || info.LinkTarget is not null ? FactsOf(info) : null;
    }

    public override OpenDirectory Enter(string name) => new PortableDirectory(PathOf(name));

    public override SafeFileHandle Read(string name) => Look(name) is { Kind: FileKind.File }
        ? File.OpenHandle(PathOf(name), share: FileShare.ReadWrite | FileShare.Delete)
        : throw new IOException($"'{PathOf(name)}' is no regular file any more.");

    public override string LinkTarget(string name) => RawName.FromText(new FileInfo(PathOf(name)).LinkTarget ?? throw new IOException($"'{PathOf(name)}' is no link any more."));

    public override void Delete(string name, bool isDirectory)
    {
        if (isDirectory)
        {
            Directory.Delete(PathOf(name));
        }
        else
        {
            File.Delete(PathOf(name));
        }
    }

    public override void SetMode(string name, int mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(PathOf(name), (UnixFileMode)mode);
        }
        else if ((mode & (int)UnixFileMode.UserWrite) != 0)
        {
            // What is read-only there cannot be deleted.
            File.SetAttributes(PathOf(name), FileAttributes.Normal);
        }
    }

    public override OpenDirectory Make(string name) => new PortableDirectory(Directory.CreateDirectory(PathOf(name)).FullName);

    public override SafeFileHandle Create(string name) => File.OpenHandle(PathOf(name), FileMode.CreateNew, FileAccess.Write);

    public override void Link(string name, string target) => File.CreateSymbolicLink(PathOf(name), RawName.ToText(target));

    public override void Sync()
    {
        // Git's own core.fsync is what these systems offer.
    }

    private static FileFacts FactsOf(FileSystemInfo info)
    {
        var kind = info.LinkTarget is not null ? FileKind.Link
            : info is DirectoryInfo ? FileKind.Directory
            : (info.Attributes & FileAttributes.Device) != 0 ? FileKind.Other : FileKind.File;
        int mode = OperatingSystem.IsWindows() || kind == FileKind.Link ? 0b110_100_100 : (int)(info.UnixFileMode & Everything);
        long written = info.LastWriteTimeUtc.Ticks * 100;
        return new(kind, mode, kind == FileKind.File ? ((FileInfo)info).Length : 0, 0, written, written);
    }

    private string PathOf(string name) => Path.Combine(_path, RawName.ToText(name));
}
