using System.Security.Cryptography;
using System.Text;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Storage;

/// <summary>
/// A data directory and what is where in it. Who has taken it holds its lock until the process ends, however it ends; everything in it is
/// its owner's alone (0700, files 0600).
/// </summary>
public sealed class DataDirectory : IDisposable
{
    private const int IdDigits = 16;

    private readonly FileStream? _lock;

    private DataDirectory(string path, FileStream? held)
    {
        Path = path;
        _lock = held;
    }

    public string Path { get; }

    /// <summary>16 hexadecimal digits, the same for as long as the directory lives: the owner's part of every run's marker.</summary>
    public string Id { get; private init; } = "";

    public string StorePath => At("mcpworkers.db");

    public string RunsPath => At("runs");

    public string WorkersPath => At("workers");

    public string LogPath => At("daemon.log");

    /// <summary>With what the tokens of runs are made.</summary>
    public string RunSecretPath => At("run.secret");

    /// <summary>Where a running daemon says who it is and where it listens.</summary>
    public string DaemonInfoPath => At("daemon.json");

    /// <summary>The paths of a directory that somebody else owns, or that does not exist yet. Takes nothing and makes nothing.</summary>
    public static DataDirectory PathsOf(string path) => new(System.IO.Path.GetFullPath(path), null);

    /// <summary>Makes the directory where it does not exist, and takes its lock.</summary>
    /// <exception cref="RefusedException">It cannot be made or written, or its lock is held (<see cref="RefusalCode.AlreadyOwned"/>).</exception>
    public static DataDirectory Take(string path)
    {
        string whole = System.IO.Path.GetFullPath(path);
        try
        {
            MakePrivate(whole);
            CheckFileSystem(whole);
            var held = TakeLock(System.IO.Path.Combine(whole, "lock"))
                ?? throw new RefusedException(
                    RefusalCode.AlreadyOwned, $"The data directory '{whole}' is in use by another mcpworkers daemon. Use that one, or name another directory with --data-dir.");
            try
            {
                var taken = new DataDirectory(whole, held) { Id = ReadOrMakeId(System.IO.Path.Combine(whole, "id")) };
                MakePrivate(taken.RunsPath);
                MakePrivate(taken.WorkersPath);
                return taken;
            }
            catch
            {
                held.Dispose();
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RefusedException(
                RefusalCode.InvalidSettings,
                $"The data directory '{whole}' cannot be used: {e.Message} Name another one with --data-dir or the setting data_directory.");
        }
    }

    public string RunPath(string runId) => System.IO.Path.Combine(RunsPath, runId);

    /// <summary>Random hexadecimal digits: unguessable, so that nobody addresses what they were not given.</summary>
    public static string NewId(int digits) => RandomNumberGenerator.GetHexString(digits, lowercase: true);

    /// <summary>Makes a directory that is its owner's alone, and those above it as the system makes them.</summary>
    public static void MakePrivate(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    /// <summary>Writes a file that only its owner may read: whole or not at all, and on the disk before this returns.</summary>
    /// <exception cref="IOException">Also where the disk is full.</exception>
    public static void WritePrivate(string path, ReadOnlySpan<byte> content)
    {
        string fresh = path + ".new";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        // A command in a container may have put a link there, to be followed by us.
        File.Delete(fresh);
        using (var file = new FileStream(fresh, options))
        {
            file.Write(content);
            file.Flush(flushToDisk: true);
        }

        File.Move(fresh, path, overwrite: true);
    }

    public void Dispose() => _lock?.Dispose();

    private string At(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Locks on network file systems are promises that some of them do not keep, and a database needs them kept.</summary>
    private static void CheckFileSystem(string path)
    {
        string format = OperatingSystem.IsWindows() ? "" : new DriveInfo(path).DriveFormat;
        if (format is "nfs" or "nfs4" or "cifs" or "smb" or "smb2" or "smb3" or "smbfs" or "9p" or "afs" or "ncpfs" or "fuse.sshfs")
        {
            throw new RefusedException(
                RefusalCode.InvalidSettings,
                $"The data directory '{path}' is on a network file system ({format}), where locks cannot be relied on. "
                + "Name one on a local disk with --data-dir or the setting data_directory.");
        }
    }

    private static FileStream? TakeLock(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            // An advisory lock that the kernel lets go when the process ends, however it ends.
            return new FileStream(path, options);
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
    }

    private static string ReadOrMakeId(string path)
    {
        string id = File.Exists(path) ? File.ReadAllText(path).Trim() : "";
        if (id.Length != IdDigits || !id.All(char.IsAsciiHexDigitLower))
        {
            id = NewId(IdDigits);
            WritePrivate(path, Encoding.ASCII.GetBytes(id + "\n"));
        }

        return id;
    }
}
