using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Daemon.Client;

/// <summary>Of several clients that find no daemon, the one with this lock starts it; the others wait for it.</summary>
internal static class StartLock
{
    /// <summary>Null where another client has it. It is free again when its holder is gone, however it went.</summary>
    /// <exception cref="RefusedException">The data directory cannot be used.</exception>
    public static IDisposable? TryTake(string dataDirectory)
    {
        string path = Path.Combine(dataDirectory, "start.lock");
        try
        {
            DataDirectory.MakePrivate(dataDirectory);
            var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            return new FileStream(path, options);
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RefusedException(
                RefusalCode.InvalidSettings,
                $"The data directory '{dataDirectory}' cannot be used: {e.Message} Name another one with --data-dir or the setting data_directory.");
        }
    }
}
