using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>
/// What directories take on disk. Names are kept as bytes: a file whose name is no text takes room too. On Linux blocks are counted, so that a
/// file with holes takes what it really takes; elsewhere, lengths.
/// </summary>
internal static partial class DiskUse
{
    private const int BlockBytes = 512;
    private const int NoFollow = 0x100; // AT_SYMLINK_NOFOLLOW
    private const int CurrentDirectory = -100; // AT_FDCWD
    private const uint BasicFacts = 0x7ff; // STATX_BASIC_STATS
    private const int EntryNameAt = 19; // struct dirent on 64-bit Linux: inode, offset, length, type, name

    /// <summary>Bytes, entry for entry, everything below and the directories themselves. Links and other file systems are not entered.</summary>
    public static IEnumerable<long> Of(IEnumerable<string> directories)
    {
        var linked = new HashSet<(ulong Device, ulong Inode)>();
        return directories.SelectMany(directory => OperatingSystem.IsLinux() ? OnLinux(directory, linked) : Elsewhere(directory));
    }

    private static IEnumerable<long> OnLinux(string directory, HashSet<(ulong Device, ulong Inode)> linked)
    {
        var open = new Stack<byte[]>();
        byte[] top = Encoding.UTF8.GetBytes(directory);
        if (Look(top, 0) is not { IsDirectory: true } root)
        {
            yield break;
        }

        yield return root.Bytes;
        open.Push(top);
        while (open.TryPop(out byte[]? path))
        {
            foreach (byte[] name in NamesIn(path))
            {
                byte[] inner = [.. path, (byte)'/', .. name];
                if (Look(inner, NoFollow) is not { } facts)
                {
                    continue;
                }

                // A file of several names takes room once.
                yield return facts.IsDirectory || facts.Links < 2 || linked.Add((facts.Device, facts.Inode)) ? facts.Bytes : 0;
                if (facts.IsDirectory && facts.Device == root.Device)
                {
                    open.Push(inner);
                }
            }
        }
    }

    private static IEnumerable<long> Elsewhere(string directory)
    {
        var all = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        return !Directory.Exists(directory) ? [] : new DirectoryInfo(directory).EnumerateFiles("*", all).Select(file =>
        {
            try
            {
                return file.Length;
            }
            catch (IOException)
            {
                return 0; // It has gone meanwhile.
            }
        });
    }

    /// <summary>All at once: no handle stays open while the walk pauses.</summary>
    private static List<byte[]> NamesIn(byte[] path)
    {
        var names = new List<byte[]>();
        nint stream = OpenStream(Terminated(path));
        if (stream == 0)
        {
            return names;
        }

        try
        {
            while (NextEntry(stream) is not 0 and var entry)
            {
                byte[] name = NameAt(entry + EntryNameAt);
                if (!(name is [(byte)'.'] or [(byte)'.', (byte)'.']))
                {
                    names.Add(name);
                }
            }
        }
        finally
        {
            _ = CloseStream(stream);
        }

        return names;
    }

    private static unsafe byte[] NameAt(nint address) => MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)address).ToArray();

    private static Facts? Look(byte[] path, int flags)
    {
        Span<byte> facts = stackalloc byte[256];
        return StatX(CurrentDirectory, Terminated(path), flags, BasicFacts, ref facts[0]) != 0 ? null : new(
            (BinaryPrimitives.ReadUInt16LittleEndian(facts[28..]) & 0xf000) == 0x4000,
            BinaryPrimitives.ReadUInt32LittleEndian(facts[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(facts[32..]),
            (long)BinaryPrimitives.ReadUInt64LittleEndian(facts[48..]) * BlockBytes,
            ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(facts[136..]) << 32) | BinaryPrimitives.ReadUInt32LittleEndian(facts[140..]));
    }

    private static byte[] Terminated(byte[] path) => [.. path, 0];

    [LibraryImport("libc", EntryPoint = "opendir")]
    private static partial nint OpenStream(byte[] path);

    [LibraryImport("libc", EntryPoint = "readdir")]
    private static partial nint NextEntry(nint stream);

    [LibraryImport("libc", EntryPoint = "closedir")]
    private static partial int CloseStream(nint stream);

    [LibraryImport("libc", EntryPoint = "statx")]
    private static partial int StatX(int directory, byte[] path, int flags, uint mask, ref byte facts);

    private readonly record struct Facts(bool IsDirectory, uint Links, ulong Inode, long Bytes, ulong Device);
}
