using McpWorkers.Engine.Execution.Containers.Api;
using McpWorkers.Engine.Execution.Limits;
using McpWorkers.Engine.Execution.Observing;
using McpWorkers.Engine.Execution.Output;
using McpWorkers.Engine.Execution.Processes;

namespace McpWorkers.Engine.Execution.Containers;

/// <summary>Starts commands in containers of Docker or Podman: each in one of its own, or in the one that its worker keeps.</summary>
/// <param name="connect">Finds the engine, at each use; throws <see cref="EngineException"/> with the remedy where there is none.</param>
/// <param name="sharedRoot">Absolute; for what kept containers share with us. On the file system of the run directories, and the owner's alone.</param>
internal sealed class ContainerLauncher(Func<CancellationToken, Task<IContainerEngine>> connect, string sharedRoot, PathMap paths, TimeProvider time) : ILauncher
{
    private static readonly TimeSpan UndoPatience = TimeSpan.FromSeconds(30);

    private readonly SharedDirectories _shared = new(sharedRoot);
    private readonly ImageKeeper _images = new();
    private readonly KeptContainers _kept = new();
    private readonly PollTicks _ticks = new(time);

    /// <summary>How long an engine may be away before the runs that it holds are given up.</summary>
    public TimeSpan EnginePatience { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a container that runs may take to show that it sees our files.</summary>
    public TimeSpan StartPatience { get; init; } = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public async Task<IExecutionHandle> LaunchAsync(CommandLaunch launch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(launch);
        var place = launch.Container ?? throw new ArgumentException("It is for no container.", nameof(launch));
        RunPreparation.Check(launch);
        try
        {
            var engine = await connect(cancellationToken);
            var identity = await engine.IdentifyAsync(cancellationToken);
            ContainerChecks.Check(launch, place, identity);
            var shape = new ContainerShape(launch, identity, paths);
            return place.IsKept
                ? await LaunchKeptAsync(launch, engine, shape, cancellationToken)
                : await LaunchOwnAsync(launch, engine, shape, cancellationToken);
        }
        catch (EngineException e)
        {
            throw new LaunchException(LaunchWords.Of(e, place), e);
        }
    }

    /// <inheritdoc/>
    public async Task<IExecutionHandle> AdoptAsync(string runDirectory, CancellationToken cancellationToken)
    {
        var files = new RunFiles(runDirectory);
        var launch = LaunchRecord.Read(files.Launch);
        var container = launch.Container ?? throw new LaunchException($"'{runDirectory}' was not launched in a container.");
        if (!container.SeesFiles)
        {
            throw new LaunchException($"The output of the run in '{runDirectory}' was streamed, for the engine at {container.Engine} does not see our files: nobody else can take it up.");
        }

        string directory = container.IsKept ? _shared.OfRun(container.Name, RunIdOf(launch)) : runDirectory;
        if (!RunClaim.IsTaken(files, directory))
        {
            // It may be made, and not started: then it must not start any more.
            await TryRemoveOwnAsync(container, cancellationToken);
            throw new LaunchException($"Nothing ever ran in '{runDirectory}'.");
        }

        return HandleOf(files, launch, directory, attached: null, []);
    }

    /// <inheritdoc/>
    public Task ReleaseAsync(string ownerMark, string workerId, CancellationToken cancellationToken)
    {
        _kept.Forget(ContainerNames.OfWorker(ownerMark, workerId));
        return new ContainerSweep(connect, _shared).ReleaseAsync(ownerMark, workerId, cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<int> SweepAsync(string ownerMark, Func<string, bool> isWorkerOver, Func<string, bool> isRunOver, CancellationToken cancellationToken)
    {
        await new ContainerSweep(connect, _shared).SweepAsync(ownerMark, isWorkerOver, isRunOver, cancellationToken);
        return 0;
    }

    private async Task<IExecutionHandle> LaunchOwnAsync(CommandLaunch launch, IContainerEngine engine, ContainerShape shape, CancellationToken cancellationToken)
    {
        await EnsureImageAsync(engine, launch, cancellationToken);
        string name = ContainerNames.OfRun(launch.OwnerMark, launch.RunId);
        var (files, record) = Prepare(launch, name, engine, shape.User);
        string[] command = WrapperCommand(launch, launch.RunDirectory, removes: false, launch.Executable, launch.Arguments);
        var output = new OutputStream(files);
        try
        {
            await CreateAsync(engine, name, shape.OfRun(record, command), cancellationToken);
            await engine.StartAsync(name, cancellationToken);
            var inside = InsideOf(files, record, launch.RunDirectory);
            var start = new WrapperStart(engine, inside, files, launch.Container!, StartPatience, time);
            if (await start.SeesFilesAsync(() => start.WhyOverAsync(cancellationToken), cancellationToken))
            {
                return HandleOf(files, record, launch.RunDirectory, attached: null, []);
            }

            var streamed = new StreamedRun(inside, files, launch, output);
            record = streamed.Record(record);
            await streamed.DeliverAsync(cancellationToken);
            return HandleOf(files, record, launch.RunDirectory, streamed.FollowAsync(engine), [StreamedRun.Note(engine)]);
        }
        catch
        {
            await UndoAsync(limit => engine.RemoveAsync(name, limit));
            throw;
        }
    }

    private async Task<IExecutionHandle> LaunchKeptAsync(CommandLaunch launch, IContainerEngine engine, ContainerShape shape, CancellationToken cancellationToken)
    {
        string workerId = launch.Container!.WorkerId;
        string name = ContainerNames.OfWorker(launch.OwnerMark, workerId);
        string directory = _shared.OfRun(name, launch.RunId);
        string? note;
        try
        {
            string shared = _shared.Make(name, shape.User);
            note = await _kept.EnsureAsync(engine, name, shape.OfWorker(shared), () => EnsureImageAsync(engine, launch, cancellationToken), cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LaunchException($"What is shared with the containers of '{workerId}' could not be made below '{sharedRoot}': {e.Message}", e);
        }

        var (files, record) = Prepare(launch, name, engine, shape.User);
        var inside = InsideOf(files, record, directory);
        var output = new OutputStream(files);
        try
        {
            await ShareAsync(files, launch, inside, shape.User, cancellationToken);
            string[] command = WrapperCommand(
                launch, directory, removes: true, Moved(launch.Executable), launch.Arguments.Select(Moved));
            var exec = new ExecCreation { Command = command, Environment = shape.Environment(record), WorkingDirectory = launch.WorkingDirectory };
            var attached = engine.ExecAsync(name, exec, output.Take, CancellationToken.None);
            var start = new WrapperStart(engine, inside, files, launch.Container!, StartPatience, time);
            if (await start.SeesFilesAsync(() => start.WhyOverAsync(attached, output, cancellationToken), cancellationToken))
            {
                return HandleOf(files, record, directory, attached, note is null ? [] : [note]);
            }

            var streamed = new StreamedRun(inside, files, launch, output);
            record = streamed.Record(record);
            output.BeginFiles();
            await streamed.DeliverAsync(cancellationToken);
            return HandleOf(files, record, directory, streamed.SettleAsync(attached), [StreamedRun.Note(engine), .. note is null ? Array.Empty<string>() : [note]]);
        }
        catch
        {
            await UndoAsync(limit => GiveUpAsync(inside, engine, limit));
            throw;
        }

        // The run directory itself is not in a kept container; what was put into it for the command is in the shared one.
        string Moved(string word) => word.StartsWith(launch.RunDirectory + "/", StringComparison.Ordinal) ? directory + word[launch.RunDirectory.Length..] : word;
    }

    private static string[] WrapperCommand(CommandLaunch launch, string directory, bool removes, string executable, IEnumerable<string> arguments) =>
    [
        ContainerWrapper.Shell, "-c", launch.Input is LaunchInput.Channel ? ContainerWrapper.GrowingInput : ContainerWrapper.WholeInput,
        "mcpworkers-run", directory, removes ? "1" : "", executable, .. arguments,
    ];

    private Task EnsureImageAsync(IContainerEngine engine, CommandLaunch launch, CancellationToken cancellationToken) => _images.EnsureAsync(
        engine, launch.Container!.Image, launch.Container.Pull, line => launch.Tell?.Invoke(line), cancellationToken);

    private (RunFiles Files, LaunchRecord Record) Prepare(CommandLaunch launch, string name, IContainerEngine engine, ContainerUser user)
    {
        var files = new RunFiles(launch.RunDirectory);
        var record = RecordOf(launch, new(name, launch.Container!.Image, engine.Address, launch.Container.IsKept));
        try
        {
            _shared.MarkUsed();
            RunPreparation.Make(files, launch, record);
            RunFiles.Create(files.Pid, "");
            RunFiles.Create(files.Limits, "");
            if (!launch.Container.IsKept)
            {
                SharedDirectories.OpenTo(user, files.Directory);
            }

            return (files, record);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LaunchException($"The run directory '{launch.RunDirectory}' could not be made: {e.Message}", e);
        }
    }

    private async Task ShareAsync(RunFiles files, CommandLaunch launch, InsideRun inside, ContainerUser user, CancellationToken cancellationToken)
    {
        if (Path.Exists(inside.Directory))
        {
            // Of a launch of the same run that came to nothing.
            await inside.RemoveDirectoryAsync(cancellationToken);
        }

        try
        {
            _shared.MakeForRun(files, launch, inside.Directory, user);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LaunchException($"The run could not be shared with its container, by '{inside.Directory}': {e.Message}", e);
        }
    }

    /// <summary>Makes a container in the place of one that an earlier launch of the same run has left.</summary>
    private static async Task CreateAsync(IContainerEngine engine, string name, ContainerCreation creation, CancellationToken cancellationToken)
    {
        try
        {
            await engine.CreateAsync(name, creation, cancellationToken);
        }
        catch (EngineException e) when (e.Fault is EngineFault.Conflict or EngineFault.Failed)
        {
            if (await engine.InspectAsync(name, cancellationToken) is null)
            {
                throw;
            }

            await engine.RemoveAsync(name, cancellationToken);
            await engine.CreateAsync(name, creation, cancellationToken);
        }
    }

    /// <summary>Sees to it that nothing runs after a launch that was given up.</summary>
    private static async Task UndoAsync(Func<CancellationToken, Task> undo)
    {
        using var limit = new CancellationTokenSource(UndoPatience);
        try
        {
            await undo(limit.Token);
        }
        catch (Exception e) when (e is EngineException or OperationCanceledException)
        {
            // The engine is away: the next start of the host takes what is left, by its labels.
        }
    }

    private static async Task GiveUpAsync(InsideRun inside, IContainerEngine engine, CancellationToken cancellationToken)
    {
        try
        {
            await inside.LookAsync(Model.StopSignal.Kill, removes: false, cancellationToken);
            await inside.RemoveDirectoryAsync(cancellationToken);
        }
        catch (EngineException)
        {
            await engine.RemoveAsync(inside.Container, cancellationToken);
        }
    }

    private async Task TryRemoveOwnAsync(ContainerRecord container, CancellationToken cancellationToken)
    {
        if (container.IsKept)
        {
            return;
        }

        try
        {
            await (await connect(cancellationToken)).RemoveAsync(container.Name, cancellationToken);
        }
        catch (EngineException)
        {
            // Where the engine is away nothing of it starts either; the claim stands in the way of the rest.
        }
    }

    private RunHandle HandleOf(RunFiles files, LaunchRecord record, string directory, Task? attached, IEnumerable<string> notes)
    {
        bool isKept = record.Container!.IsKept;
        var exit = RegularFile.TryOpen(files.Exit);
        var inside = InsideOf(files, record, directory);
        var watch = new EndWatch(connect, inside, isKept, attached, EnginePatience, time);
        ContainerEnding ending = isKept ? new KeptContainerEnding(connect, inside, files, attached, time) : new OwnContainerEnding(connect, inside, time);
        var body = new ContainerBody(files, record, exit, inside, watch, ending, notes, time);
        return new(files, record, body, exit, record.BootId == HostBoot.Id, _ticks, time);
    }

    private InsideRun InsideOf(RunFiles files, LaunchRecord record, string directory) => new(connect, record.Container!.Name, directory, record.Marker, files);

    private static string RunIdOf(LaunchRecord launch) => launch.Marker[(launch.Marker.LastIndexOf('/') + 1)..];

    private LaunchRecord RecordOf(CommandLaunch launch, ContainerRecord container) => new()
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
        Marker = RunMarker.Of(launch.OwnerMark, launch.RunId),
        HasChannel = launch.Input is LaunchInput.Channel,
        Lineage = launch.Lineage ?? RunMarker.LineageOfThisHost,
        StartedUptime = HostBoot.Uptime,
        Limits = launch.Limits,
        DiskPlaces = launch.Limits.DiskBytes is null ? [] : DiskWatch.PlacesOf(launch),
        Container = container,
    };
}
