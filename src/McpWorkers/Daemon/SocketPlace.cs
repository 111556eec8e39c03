using System.Security.Cryptography;
using System.Text;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Daemon;

/// <summary>Where a daemon's socket is: always in a folder that only its user may enter.</summary>
/// <param name="Path">Of the socket.</param>
/// <param name="OwnFolder">A folder that was made for this socket alone; null where it lies in one that stays.</param>
internal sealed record SocketPlace(string Path, string? OwnFolder)
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>In bytes of UTF-8, with the zero at the end: what the system's structure holds.</summary>
    public static int PathBytesMax => OperatingSystem.IsMacOS() ? 104 : 108;

    /// <summary>
    /// The user's runtime directory; else the data directory; else, where the path of that is too long for a socket, a new private folder
    /// among the temporary files. Makes the folder.
    /// </summary>
    /// <param name="runtimeDirectory">The value of XDG_RUNTIME_DIR, if any.</param>
    /// <param name="temporaryDirectory">The value of TMPDIR, or what stands for it.</param>
    /// <exception cref="RefusedException">All of them are too long.</exception>
    public static SocketPlace Choose(DataDirectory directory, string? runtimeDirectory, string temporaryDirectory)
    {
        if (InRuntimeDirectory(directory, runtimeDirectory) is { } path)
        {
            return new(path, null);
        }

        string inData = System.IO.Path.Combine(directory.Path, "daemon.sock");
        if (Fits(inData))
        {
            return new(inData, null);
        }

        // A name that nobody could foresee, made with its mode in one step: there is nothing to check, since nobody else can have made it.
        // Clients find it in daemon.json.
        foreach (string above in new[] { temporaryDirectory, "/tmp" }.Where(above => Fits(System.IO.Path.Combine(above, new string('x', 24), "d.sock"))))
        {
            if (MakeFolder(above) is { } folder)
            {
                return new(System.IO.Path.Combine(folder, "d.sock"), folder);
            }
        }

        throw new RefusedException(
            RefusalCode.InvalidSettings,
            $"The data directory's path '{directory.Path}' is too long for a socket (at most {PathBytesMax - 1} bytes with the file's name), and no other place "
            + "for one was found. Set XDG_RUNTIME_DIR, or name a data directory with a shorter path with --data-dir.");
    }

    public static bool Fits(string path) => Encoding.UTF8.GetByteCount(path) < PathBytesMax;

    /// <summary>Removes the socket, and its folder where that is its own.</summary>
    public void Remove()
    {
        try
        {
            File.Delete(Path);
            if (OwnFolder is not null)
            {
                Directory.Delete(OwnFolder);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A socket that nobody listens at is passed over by all clients.
        }
    }

    /// <summary>The same for all who look at this data directory, whatever its length.</summary>
    private static string NameOf(DataDirectory directory) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(directory.Path)).AsSpan(0, 8)) + ".sock";

    private static string? InRuntimeDirectory(DataDirectory directory, string? runtimeDirectory)
    {
        if (runtimeDirectory is null || !System.IO.Path.IsPathRooted(runtimeDirectory) || !Directory.Exists(runtimeDirectory))
        {
            return null;
        }

        string folder = System.IO.Path.Combine(runtimeDirectory, "mcpworkers");
        string path = System.IO.Path.Combine(folder, NameOf(directory));
        return Fits(path) && IsPrivate(folder) ? path : null;
    }

    /// <summary>Makes the folder, or sees to it that what is there is the user's alone.</summary>
    private static bool IsPrivate(string folder)
    {
        try
        {
            DataDirectory.MakePrivate(folder);
            if (!OperatingSystem.IsWindows())
            {
                // Only its owner may do this.
                File.SetUnixFileMode(folder, Private);
            }

            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string? MakeFolder(string above)
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                return Directory.CreateTempSubdirectory("mcpworkers-").FullName;
            }

            string folder = System.IO.Path.Combine(above, "mcpworkers-" + DataDirectory.NewId(13));
            Directory.CreateDirectory(folder, Private);
            return folder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
