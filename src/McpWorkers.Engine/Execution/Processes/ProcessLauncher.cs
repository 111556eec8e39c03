using System.ComponentModel;
using McpWorkers.Engine.Execution.Limits;
using McpWorkers.Engine.Execution.Observing;
using McpWorkers.Engine.Execution.Output;
using McpWorkers.Engine.Model;
using Microsoft.Win32.SafeHandles;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>Starts commands as processes of this machine.</summary>
/// <param name="bootId">Tells this start of the machine from others; null for what the system says.</param>
public sealed class ProcessLauncher(TimeProvider time, string? bootId = null) : ILauncher
{
    private static readonly TimeSpan WrapperPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PidPatience = TimeSpan.FromSeconds(1);

    private readonly ProcessSnapshots _snapshots = new(time);
    private readonly PollTicks _ticks = new(time);
    private readonly string _bootId = bootId ?? HostBoot.Id;

    /// <summary>Whether runs get a cgroup each, where this host may make one. All holds without them, but for what hides very well.</summary>
    public bool UsesCgroups { get; init; } = true;

    /// <summary>Where runs get their cgroups; null for all of this machine's hierarchies.</summary>
    internal CgroupHierarchies? Hierarchies { get; init; }

    /// <inheritdoc/>
    public async Task<IExecutionHandle> LaunchAsync(CommandLaunch launch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(launch);
        RunPreparation.CheckExecutable(launch);
        RunPreparation.Check(launch);
        if (LimitCheck.FindFault(launch.Limits, Environment.ProcessorCount) is { } wrong)
        {
            throw new LaunchException(wrong);
        }

        var files = new RunFiles(launch.RunDirectory);
        var cgroup = UsesCgroups ? RunCgroup.TryMake(launch.OwnerMark, launch.RunId, launch.Limits, Hierarchies) : null;
        if (LimitHolds.FindUnavailable(LimitHolds.OfLaunch(launch.Limits, cgroup?.Limits.Keys ?? [])) is { } fault)
        {
            cgroup?.Remove();
            throw new LaunchException(fault);
        }

        var record = RecordOf(launch, cgroup);
        string ticket = RunFiles.NewTicket();
        try
        {
            RunPreparation.Make(files, launch, record);
            RunFiles.Create(files.Ticket, ticket + "\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            ReleaseCgroup(record);
            throw new LaunchException($"The run directory '{launch.RunDirectory}' could not be made: {e.Message}", e);
        }

        var exit = RegularFile.TryOpen(files.Exit);
        int pid = Start(files, ticket, launch, record);
        var started = ProcessPlatform.Find(pid)?.Key ?? new ProcessKey(pid, "");
        try
        {
            var key = await AwaitWrapperAsync(files, launch.Executable, pid, cancellationToken);
            return HandleOf(files, record, key, exit);
        }
        catch
        {
            await UndoAsync(files, record, started);
            throw;
        }
    }

    /// <inheritdoc/>
    public Task<IExecutionHandle> AdoptAsync(string runDirectory, CancellationToken cancellationToken)
    {
        var files = new RunFiles(runDirectory);
        var record = LaunchRecord.Read(files.Launch);
        return Task.FromResult<IExecutionHandle>(ClaimedBy(files) is { } key
            ? HandleOf(files, record, key, RegularFile.TryOpen(files.Exit))
            : throw new LaunchException($"Nothing ever ran in '{runDirectory}'."));
    }

    /// <inheritdoc/>
    public Task<int> SweepAsync(string ownerMark, Func<string, bool> isWorkerOver, Func<string, bool> isRunOver, CancellationToken cancellationToken) =>
        Task.FromResult(ProcessSweep.KillOver(ownerMark, isRunOver).Count);

    /// <summary>The wrapper, or null once it is sure that none can come any more.</summary>
    private static ProcessKey? ClaimedBy(RunFiles files)
    {
        if (files.ReadPid() is { } key)
        {
            return key;
        }

        try
        {
            // The tombstone: a wrapper that comes late finds it and does not start its command.
            RunFiles.Create(files.Pid, "0\n");
        }
        catch (DirectoryNotFoundException)
        {
            return null;
        }
        catch (IOException) when (File.Exists(files.Pid))
        {
            // Somebody's tombstone, or a wrapper that has made its file and is about to write into it; one that cannot write does not start.
            SpinWait.SpinUntil(() => RunFiles.LengthOf(files.Pid) > 0, PidPatience);
            if (files.ReadPid() is { } late)
            {
                return late;
            }
        }

        // The tombstone goes with its directory, and the next launch makes that anew. Without the ticket a wrapper that comes then, or that was about to
        // write its name for all this time, starts nothing either. One that has written it meanwhile is looked at as one that runs.
        File.Delete(files.Ticket);
        return files.ReadPid();
    }

    /// <summary>Sees to it that nothing runs after a launch that was given up.</summary>
    private async Task UndoAsync(RunFiles files, LaunchRecord record, ProcessKey started)
    {
        _ = ClaimedBy(files);
        await new ProcessStopper(files, RunProcesses.Of(started, record), evidence: null, time).StopAsync(StopPlan.KillNow, sameBoot: true, CancellationToken.None);
    }

    private static int Start(RunFiles files, string ticket, CommandLaunch launch, LaunchRecord record)
    {
        try
        {
            return ProcessPlatform.StartWrapper(files, ticket, launch, record);
        }
        catch (Win32Exception e)
        {
            ReleaseCgroup(record);
            throw new LaunchException($"'{launch.Executable}' could not be started: {e.Message} (error {e.NativeErrorCode}).", e);
        }
    }

    private static void ReleaseCgroup(LaunchRecord record) => RunCgroup.OfRecord(record.Cgroup, record.LimitCgroups, record.Marker)?.Remove();

    private async Task<ProcessKey> AwaitWrapperAsync(RunFiles files, string executable, int pid, CancellationToken cancellationToken)
    {
        long begun = time.GetTimestamp();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (files.ReadPid() is { } key)
            {
                return key;
            }

            if (ProcessPlatform.TryReap(pid))
            {
                // One that came and went between the two looks has left its id.
                return files.ReadPid() ?? throw new LaunchException(
                    $"The wrapper of the run ended before it started '{executable}'; is the disk full? {StderrTail.Read(files.Stderr)}".Trim());
            }

            if (time.GetElapsedTime(begun) > WrapperPatience)
            {
                throw new LaunchException($"The wrapper of the run did not report within {WrapperPatience.TotalSeconds} s.");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(2), time, cancellationToken);
        }
    }

    private RunHandle HandleOf(RunFiles files, LaunchRecord record, ProcessKey wrapper, SafeFileHandle? exit)
    {
        bool sameBoot = record.BootId == _bootId;
        var processes = RunProcesses.Of(wrapper, record);
        var body = new ProcessBody(files, record, processes, new(files, record, processes.Cgroup), _snapshots, sameBoot, time);
        return new(files, record, body, exit, sameBoot, _ticks, time);
    }

    private LaunchRecord RecordOf(CommandLaunch launch, RunCgroup? cgroup) => new()
    {
        Executable = launch.Executable,
        Arguments = launch.Arguments,
        WorkingDirectory = launch.WorkingDirectory,
        Variables = [.. launch.Environment.Keys.Order(StringComparer.Ordinal)],
        BootId = _bootId,
        Started = time.GetUtcNow(),
        StartedTicks = Environment.TickCount64,
        Bounds = launch.Bounds,
        Stop = launch.Stop,
        Marker = RunMarker.Of(launch.OwnerMark, launch.RunId),
        HasChannel = launch.Input is LaunchInput.Channel,
        Lineage = launch.Lineage ?? RunMarker.LineageOfThisHost,
        Cgroup = cgroup?.Path,
        Limits = launch.Limits,
        LimitCgroups = cgroup?.Limits ?? new Dictionary<LimitKind, string>(),
        DiskPlaces = launch.Limits.DiskBytes is null ? [] : DiskWatch.PlacesOf(launch),
        StartedUptime = HostBoot.Uptime,
    };
}
