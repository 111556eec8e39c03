using System.Runtime.InteropServices;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>Finds programs as a shell would, but says no before the launch instead of 127 after it.</summary>
public static partial class ExecutableFinder
{
    private const int MayExecute = 1; // X_OK

    /// <param name="name">A name, looked for on the path; or a path, relative ones to the current directory.</param>
    /// <param name="path">Directories as in PATH; null for this process's own.</param>
    /// <returns>Absolute path, links not resolved; null where there is no such executable file.</returns>
    public static string? Find(string name, string? path = null)
    {
        if (string.IsNullOrEmpty(name))
        {
            return null;
        }

        if (name.Contains(Path.DirectorySeparatorChar) || name.Contains(Path.AltDirectorySeparatorChar))
        {
            return WithEnding(Path.GetFullPath(name));
        }

        return (path ?? Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(Path.IsPathFullyQualified)
            .Select(directory => WithEnding(Path.Combine(directory, name)))
            .FirstOrDefault(found => found is not null);
    }

    /// <summary>Whether it is a file that this user may execute.</summary>
    public static bool IsExecutable(string path) => File.Exists(path) && (OperatingSystem.IsWindows() || Access(path, MayExecute) == 0);

    private static string? WithEnding(string path)
    {
        string[] endings = OperatingSystem.IsWindows() && !Path.HasExtension(path) ? [".exe", ".cmd", ".bat"] : [""];
        return endings.Select(ending => path + ending).FirstOrDefault(IsExecutable);
    }

    // Asks the system instead of reading modes: it knows whose file it is, and a link that leads nowhere is none.
    [LibraryImport("libc", EntryPoint = "access", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Access(string path, int mode);
}
