namespace McpWorkers.Engine.Execution.Processes;

/// <summary>What every launch begins with, whatever it is that is launched.</summary>
internal static class RunPreparation
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <exception cref="LaunchException">It is not there, or is no program.</exception>
    public static void CheckExecutable(CommandLaunch launch)
    {
        if (!File.Exists(launch.Executable))
        {
            throw new LaunchException($"The executable '{launch.Executable}' does not exist.");
        }

        if (!ExecutableFinder.IsExecutable(launch.Executable))
        {
            throw new LaunchException($"The file '{launch.Executable}' is not executable.");
        }
    }

    /// <exception cref="LaunchException">What no command can be given.</exception>
    public static void Check(CommandLaunch launch)
    {
        if (!Directory.Exists(launch.WorkingDirectory))
        {
            throw new LaunchException($"The working directory '{launch.WorkingDirectory}' does not exist.");
        }

        if (launch.Arguments.Append(launch.WorkingDirectory).Concat(launch.Environment.Values).Any(text => text.Contains('\0', StringComparison.Ordinal)))
        {
            throw new LaunchException($"An argument or a variable for '{launch.Executable}' holds a NUL character, which no program can be given.");
        }

        foreach (var file in launch.Files)
        {
            if (Path.GetFileName(file.Name) != file.Name || file.Name.Length == 0 || file.Name is "." or "..")
            {
                throw new ArgumentException($"'{file.Name}' is no plain file name.", nameof(launch));
            }
        }
    }

    /// <summary>Makes the run directory.</summary>
    /// <exception cref="LaunchException">A command before this one has put a link there.</exception>
    /// <exception cref="IOException">It could not be made.</exception>
    public static void Make(RunFiles files, CommandLaunch launch, LaunchRecord record)
    {
        if (new FileInfo(files.Directory).LinkTarget is { } elsewhere)
        {
            throw new LaunchException($"The run directory '{files.Directory}' is a link to '{elsewhere}'; it is not followed.");
        }

        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(files.Directory);
        }
        else
        {
            Directory.CreateDirectory(files.Directory, Private);
        }

        RunFiles.Create(files.Launch, record.ToJson());
        foreach (var file in launch.Files)
        {
            RunFiles.Create(Path.Combine(files.Directory, file.Name), file.Content.Span);
        }

        switch (launch.Input)
        {
            case LaunchInput.Whole(var content):
                RunFiles.Create(files.Stdin, content.Span);
                break;
            case LaunchInput.Channel(var first):
                RunFiles.Create(files.Channel, first.Span);
                break;
        }

        RunFiles.Create(files.Stdout, "");
        RunFiles.Create(files.Stderr, "");
        RunFiles.Create(files.Exit, RunFiles.Running);
    }
}
