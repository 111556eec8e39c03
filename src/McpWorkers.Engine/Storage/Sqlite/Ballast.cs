using System.Security.Cryptography;

namespace McpWorkers.Engine.Storage.Sqlite;

/// <summary>
/// Room that is kept for the worst: a file beside the store that is given up when the disk is full, so that runs that are going on can
/// still be settled. Until it is back in place nothing new is taken. For the writer's thread alone.
/// </summary>
internal sealed class Ballast(string path, int bytes)
{
    /// <summary>
    /// 2 MB: about a hundred results with what the log needs meanwhile, since the log is emptied after every commit while it is given up.
    /// </summary>
    public const int DefaultBytes = 2 * 1024 * 1024;

    public bool Held { get; private set; }

    /// <summary>Puts it in place where it is not. False where there is no room for it.</summary>
    public bool TryHold()
    {
        // Looked at before it is tried: half a ballast would take from those who still write what little there is.
        Held = Held || IsWhole() || (DiskRoom.Beside(path) > bytes && TryWrite());
        return Held;
    }

    /// <summary>Gives its room to whoever needs it. False where there was none to give.</summary>
    public bool GiveUp()
    {
        Held = false;
        var file = new FileInfo(path);
        bool had = file is { Exists: true, Length: > 0 };
        return Remove() && had;
    }

    private bool IsWhole() => new FileInfo(path) is { Exists: true } file && file.Length == bytes;

    private bool TryWrite()
    {
        try
        {
            // Not zeros, which some file systems keep in no room at all; and not by reserving, which others do not do.
            byte[] content = new byte[bytes];
            RandomNumberGenerator.Fill(content);
            StoreFiles.CreatePrivate(path, content);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What was written of it is what a result may need in a moment.
            Remove();
            return false;
        }
    }

    private bool Remove()
    {
        try
        {
            File.Delete(path);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
