using System.Runtime.InteropServices;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>Gives a file that is whole a name that nothing has yet: of several who try at once, one has it.</summary>
internal static partial class NewName
{
    private const int Exists = 17; // EEXIST, on Linux and macOS

    /// <summary>A second name, under which the file stays when the first one is deleted.</summary>
    /// <exception cref="IOException">It cannot be given: something has it, or as at <see cref="TryGive"/>.</exception>
    public static void GiveSecond(string path, string second)
    {
        if (OperatingSystem.IsWindows() || Link(path, second) != 0)
        {
            throw Refused(second, Marshal.GetLastPInvokeError());
        }
    }

    /// <param name="draft">On the same file system; whoever made it deletes it, also after a success.</param>
    /// <returns>False where something has the name.</returns>
    /// <exception cref="IOException">It cannot be given: the directory is gone, the disk full, or the file system knows no hard links.</exception>
    public static bool TryGive(string draft, string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return TryMove(draft, path);
        }

        // Not File.Move: elsewhere than on Windows it looks first and renames then, and of two at once the second replaces the first one's file.
        return Link(draft, path) == 0
            || (Marshal.GetLastPInvokeError() is var error && error == Exists
                ? false
                : throw Refused(path, error));
    }

    private static IOException Refused(string path, int error) => new($"'{path}' could not be made: {Marshal.GetPInvokeErrorMessage(error)}.");

    private static bool TryMove(string draft, string path)
    {
        try
        {
            File.Move(draft, path, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(path))
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "link", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Link(string existing, string fresh);
}
