namespace McpWorkers.Engine.Execution.Processes;

/// <summary>Finds programs as a shell would, but says no before the launch instead of 127 after it.</summary>
public static class ExecutableFinder
{
    private const UnixFileMode AnyExecute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

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

    public static bool IsExecutable(string path) =>
        File.Exists(path) && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & AnyExecute) != 0);

    private static string? WithEnding(string path)
    {
        string[] endings = OperatingSystem.IsWindows() && !Path.HasExtension(path) ? [".exe", ".cmd", ".bat"] : [""];
        return endings.Select(ending => path + ending).FirstOrDefault(IsExecutable);
    }
}
