using System.ComponentModel;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>Starts commands as processes of this machine.</summary>
public sealed class ProcessLauncher(TimeProvider time) : ILauncher
{
    private const string MarkerVariable = "MCPWORKERS_RUN";
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private static readonly TimeSpan WrapperPatience = TimeSpan.FromSeconds(10);

    private readonly ProcessSnapshots _snapshots = new(time);

    /// <inheritdoc/>
    public async Task<IExecutionHandle> LaunchAsync(CommandLaunch launch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(launch);
        Check(launch);
        var files = new RunFiles(launch.RunDirectory);
        var record = RecordOf(launch);
        try
        {
            Prepare(files, launch, record);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LaunchException($"The run directory '{launch.RunDirectory}' could not be made: {e.Message}", e);
        }

        int pid = Start(files, launch, record.Marker);
        var key = await AwaitWrapperAsync(files, pid, cancellationToken);
        return new ProcessHandle(files, record, key, _snapshots, time);
    }

    /// <inheritdoc/>
    public IExecutionHandle Adopt(string runDirectory)
    {
        var files = new RunFiles(runDirectory);
        var record = LaunchRecord.Read(files.Launch);
        if (files.ReadPid() is { } key)
        {
            return new ProcessHandle(files, record, key, _snapshots, time);
        }

        try
        {
            // The tombstone: a wrapper that comes late finds it and does not start its command.
            RunFiles.Create(files.Pid, "0\n");
        }
        catch (IOException) when (File.Exists(files.Pid))
        {
            if (files.ReadPid() is { } late)
            {
                return new ProcessHandle(files, record, late, _snapshots, time);
            }
        }

        throw new LaunchException($"Nothing ever ran in '{runDirectory}'.");
    }

    private static void Check(CommandLaunch launch)
    {
        if (!File.Exists(launch.Executable))
        {
            throw new LaunchException($"The executable '{launch.Executable}' does not exist.");
        }

        if (!ExecutableFinder.IsExecutable(launch.Executable))
        {
            throw new LaunchException($"The file '{launch.Executable}' is not executable.");
        }

        if (!Directory.Exists(launch.WorkingDirectory))
        {
            throw new LaunchException($"The working directory '{launch.WorkingDirectory}' does not exist.");
        }

        foreach (var file in launch.Files)
        {
            if (Path.GetFileName(file.Name) != file.Name || file.Name.Length == 0 || file.Name is "." or "..")
            {
                throw new ArgumentException($"'{file.Name}' is no plain file name.", nameof(launch));
            }
        }
    }

    private static void Prepare(RunFiles files, CommandLaunch launch, LaunchRecord record)
    {
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

    private static int Start(RunFiles files, CommandLaunch launch, string marker)
    {
        string script = launch.Input is LaunchInput.Channel ? Wrapper.GrowingInput : Wrapper.WholeInput;
        var environment = launch.Environment
            .Where(variable => variable.Key != MarkerVariable)
            .Select(variable => $"{variable.Key}={variable.Value}")
            .Append($"{MarkerVariable}={marker}");
        try
        {
            return PosixSpawn.Start(
                Wrapper.Shell,
                ["sh", "-c", script, "mcpworkers-run", files.Directory, launch.Executable, .. launch.Arguments],
                environment,
                launch.WorkingDirectory);
        }
        catch (Win32Exception e)
        {
            throw new LaunchException($"'{launch.Executable}' could not be started: {e.Message} (error {e.NativeErrorCode}).", e);
        }
    }

    private async Task<ProcessKey> AwaitWrapperAsync(RunFiles files, int pid, CancellationToken cancellationToken)
    {
        long begun = time.GetTimestamp();
        while (true)
        {
            if (files.ReadPid() is { } key)
            {
                return key;
            }

            if (PosixSpawn.TryReap(pid) && files.ReadPid() is null)
            {
                string said = await File.ReadAllTextAsync(files.Stderr, cancellationToken);
                throw new LaunchException($"The wrapper of the run ended before it started its command. {said}".Trim());
            }

            if (time.GetElapsedTime(begun) > WrapperPatience)
            {
                throw new LaunchException($"The wrapper of the run did not report within {WrapperPatience.TotalSeconds} s.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(2), time, cancellationToken);
        }
    }

    private LaunchRecord RecordOf(CommandLaunch launch) => new()
    {
        Executable = launch.Executable,
        Arguments = launch.Arguments,
        WorkingDirectory = launch.WorkingDirectory,
        Variables = [.. launch.Environment.Keys.Order(StringComparer.Ordinal)],
        BootId = HostBoot.Id,
        Started = time.GetUtcNow(),
        StartedTicks = Environment.TickCount64,
        Bounds = launch.Bounds,
        Stop = launch.Stop,
        Marker = $"{launch.OwnerMark}/{launch.RunId}",
        HasChannel = launch.Input is LaunchInput.Channel,
        Parent = Environment.GetEnvironmentVariable(MarkerVariable),
    };
}
