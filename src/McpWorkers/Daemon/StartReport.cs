using System.Text;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Daemon;

/// <summary>How a daemon that could not start tells whoever started it: it has no terminal to say it to.</summary>
internal static class StartReport
{
    public static string PathIn(DataDirectory directory) => Path.Combine(directory.Path, "start-failure.txt");

    public static void Write(string path, string message)
    {
        try
        {
            DataDirectory.WritePrivate(path, Encoding.UTF8.GetBytes(message));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Then its client says what it knows: that it does not answer.
        }
    }

    /// <exception cref="RefusedException">There is one; it is taken away.</exception>
    public static void ThrowIfAny(string path)
    {
        string message;
        try
        {
            if (!File.Exists(path))
            {
                return;
            }

            message = File.ReadAllText(path);
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            message = $"see {path}";
        }

        throw new RefusedException(RefusalCode.InvalidSettings, $"The daemon could not start: {message}");
    }
}
