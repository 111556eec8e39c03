using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace McpWorkers.Engine.Workspaces.Files;

/// <summary>
/// By descriptors and raw names: .NET's own functions take text, and lose files whose names are not UTF-8. Numbers are those of the kernel's
/// interface, the same on x64 and arm64.
/// </summary>
internal sealed partial class LinuxDirectory : OpenDirectory
{
    private const int Here = -100; // AT_FDCWD
    private const int NoLinks = 0x100; // AT_SYMLINK_NOFOLLOW
    private const int EmptyPath = 0x1000; // AT_EMPTY_PATH
    private const int RemoveDirectory = 0x200; // AT_REMOVEDIR
    private const uint BasicFacts = 0x7ff; // STATX_BASIC_STATS
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int NewForWriting = 0x1 | 0x40 | 0x80; // O_WRONLY | O_CREAT | O_EXCL
    private const int NoSuchFile = 2; // ENOENT
    private const int Exists = 17; // EEXIST
    private const int NameOffset = 19; // struct dirent: d_name

    // The two flags that differ between the architectures.
    private static readonly int DirectoryOnly = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x4000 : 0x10000;
    private static readonly int NoFollow = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x8000 : 0x20000;

    private readonly SafeFileHandle _handle;
    private readonly string _path;

    private LinuxDirectory(SafeFileHandle handle, string path)
    {
        _handle = handle;
        _path = path;
    }

    public override FileFacts Facts => FactsOf(Descriptor, "", EmptyPath) ?? throw Fault("look at", "");

    private int Descriptor => (int)_handle.DangerousGetHandle();

    public static LinuxDirectory OpenPath(string path)
    {
        string raw = RawName.FromText(path);
        int descriptor = OpenAt(Here, Terminated(raw), DirectoryOnly | NoFollow | CloseOnExec, 0);
        return descriptor >= 0 ? new(new(descriptor, ownsHandle: true), raw) : throw Fault("open", "", raw);
    }

    public override unsafe IReadOnlyList<string> Names()
    {
        int copy = OpenAt(Descriptor, Terminated("."), DirectoryOnly | CloseOnExec, 0);
        nint stream = copy < 0 ? 0 : OpenStream(copy);
        if (stream == 0)
        {
            throw Fault("list", "");
        }

        try
        {
            var names = new List<string>();
            while (true)
            {
                Marshal.SetLastSystemError(0);
                nint entry = NextEntry(stream);
                if (entry == 0)
                {
                    return Marshal.GetLastSystemError() == 0 ? names : throw Fault("list", "");
                }

                string name = RawName.Of(MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)entry + NameOffset));
                if (name is not ("." or ".."))
                {
                    names.Add(name);
                }
            }
        }
        finally
        {
            _ = CloseStream(stream);
        }
    }

    public override FileFacts? Look(string name) => FactsOf(Descriptor, name, NoLinks);

    public override OpenDirectory Enter(string name)
    {
        int descriptor = OpenAt(Descriptor, Terminated(name), DirectoryOnly | NoFollow | CloseOnExec, 0);
        return descriptor >= 0 ? new LinuxDirectory(new(descriptor, ownsHandle: true), _path + "/" + name) : throw Fault("open", name);
    }

    public override SafeFileHandle Read(string name)
    {
        int descriptor = OpenAt(Descriptor, Terminated(name), NoFollow | NonBlocking | CloseOnExec, 0);
        var handle = descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw Fault("read", name);
        if (FactsOf(descriptor, "", EmptyPath) is { Kind: FileKind.File })
        {
            return handle;
        }

        handle.Dispose();
        throw new IOException($"'{Shown(name)}' is no regular file any more.");
    }

    public override string LinkTarget(string name)
    {
        for (byte[] buffer = new byte[512]; ; buffer = new byte[buffer.Length * 4])
        {
            nint length = ReadLinkAt(Descriptor, Terminated(name), buffer, buffer.Length);
            if (length < 0)
            {
                throw Fault("read the link", name);
            }

            if (length < buffer.Length)
            {
                return RawName.Of(buffer.AsSpan(0, (int)length));
            }
        }
    }

    public override void Delete(string name, bool isDirectory)
    {
        if (UnlinkAt(Descriptor, Terminated(name), isDirectory ? RemoveDirectory : 0) != 0 && Marshal.GetLastPInvokeError() != NoSuchFile)
        {
            throw Fault("delete", name);
        }
    }

    // fchmodat follows links and older kernels offer no other: who calls has looked what it is, and is the only one at work here.
    public override void SetMode(string name, int mode)
    {
        if (ChangeModeAt(Descriptor, Terminated(name), (uint)mode, 0) != 0)
        {
            throw Fault("change the mode of", name);
        }
    }

    public override OpenDirectory Make(string name) =>
        MakeAt(Descriptor, Terminated(name), 0b111_111_111) == 0 || Marshal.GetLastPInvokeError() == Exists ? Enter(name) : throw Fault("make", name);

    public override SafeFileHandle Create(string name)
    {
        int descriptor = OpenAt(Descriptor, Terminated(name), NewForWriting | NoFollow | CloseOnExec, 0b110_110_110);
        return descriptor >= 0 ? new(descriptor, ownsHandle: true) : throw Fault("make", name);
    }

    public override void Link(string name, string target)
    {
        if (LinkAt(Terminated(target), Descriptor, Terminated(name)) != 0)
        {
            throw Fault("make the link", name);
        }
    }

    public override void Sync()
    {
        if (SyncFileSystem(Descriptor) != 0)
        {
            throw Fault("sync", "");
        }
    }

    protected override void Dispose(bool disposing)
    {
        _handle.Dispose();
        base.Dispose(disposing);
    }

    private static FileFacts? FactsOf(int directory, string name, int flags)
    {
        Span<byte> facts = stackalloc byte[256];
        if (StatX(directory, Terminated(name), flags, BasicFacts, ref facts[0]) != 0)
        {
            return Marshal.GetLastPInvokeError() == NoSuchFile ? null : throw Fault("look at", name, "");
        }

        int mode = BinaryPrimitives.ReadUInt16LittleEndian(facts[28..]);
        var kind = (mode & 0xf000) switch
        {
            0x8000 => FileKind.File,
            0x4000 => FileKind.Directory,
            0xa000 => FileKind.Link,
            _ => FileKind.Other,
        };
        return new(kind, mode & 0xfff, BinaryPrimitives.ReadInt64LittleEndian(facts[40..]), BinaryPrimitives.ReadUInt64LittleEndian(facts[32..]), Time(facts[112..]), Time(facts[96..]));
    }

    private static long Time(ReadOnlySpan<byte> facts) =>
        (BinaryPrimitives.ReadInt64LittleEndian(facts) * 1_000_000_000) + BinaryPrimitives.ReadUInt32LittleEndian(facts[8..]);

    private static byte[] Terminated(string raw) => RawName.Bytes(raw + "\0");

    private string Shown(string name) => RawName.ToText(RawName.Join(_path, name));

    private IOException Fault(string what, string name) => Fault(what, name, _path);

    private static IOException Fault(string what, string name, string path)
    {
        int error = Marshal.GetLastPInvokeError();
        return new($"Could not {what} '{RawName.ToText(RawName.Join(path, name))}': {Marshal.GetPInvokeErrorMessage(error)}.", error);
    }

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true)]
    private static partial int OpenAt(int directory, byte[] name, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "fdopendir", SetLastError = true)]
    private static partial nint OpenStream(int descriptor);

    [LibraryImport("libc", EntryPoint = "readdir")]
    private static partial nint NextEntry(nint stream);

    [LibraryImport("libc", EntryPoint = "closedir")]
    private static partial int CloseStream(nint stream);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static partial int StatX(int directory, byte[] name, int flags, uint mask, ref byte facts);

    [LibraryImport("libc", EntryPoint = "readlinkat", SetLastError = true)]
    private static partial nint ReadLinkAt(int directory, byte[] name, byte[] buffer, nint size);

    [LibraryImport("libc", EntryPoint = "unlinkat", SetLastError = true)]
    private static partial int UnlinkAt(int directory, byte[] name, int flags);

    [LibraryImport("libc", EntryPoint = "fchmodat", SetLastError = true)]
    private static partial int ChangeModeAt(int directory, byte[] name, uint mode, int flags);

    [LibraryImport("libc", EntryPoint = "mkdirat", SetLastError = true)]
    private static partial int MakeAt(int directory, byte[] name, uint mode);

    [LibraryImport("libc", EntryPoint = "symlinkat", SetLastError = true)]
    private static partial int LinkAt(byte[] target, int directory, byte[] name);

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    private static partial int SyncFileSystem(int descriptor);
}
