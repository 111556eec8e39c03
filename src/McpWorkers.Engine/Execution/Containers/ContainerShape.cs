using System.Text.Json.Nodes;
using McpWorkers.Engine.Execution.Containers.Api;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution.Containers;

/// <summary>What a launch means for the engine.</summary>
internal sealed class ContainerShape(CommandLaunch launch, EngineIdentity engine, PathMap paths)
{
    // Neither engine makes all of these by itself where the root is only read.
    private static readonly string[] Scratch = ["/tmp", "/run", "/var/tmp"];
    private const string ScratchOptions = "rw,exec,nosuid,nodev,mode=1777";

    private readonly ContainerPlace _place = launch.Container!;

    public ContainerUser User { get; } = ContainerUser.Of(launch.Container!.User, engine);

    /// <summary>The variables of the run, its marker among them.</summary>
    public IReadOnlyDictionary<string, string> Environment(LaunchRecord record) => RunMarker.AddTo(launch.Environment, record.Marker, record.Lineage)
        .Select(assignment => assignment.Split('=', 2)).ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal);

    /// <summary>A container for one run.</summary>
    /// <param name="command">The wrapper with its arguments.</param>
    public ContainerCreation OfRun(LaunchRecord record, IReadOnlyList<string> command) => Make(
        command,
        launch.WorkingDirectory,
        Environment(record),
        [
            new(launch.RunDirectory, launch.RunDirectory, IsReadOnly: false),
            .. launch.Files.Where(file => file.IsForHost).Select(file => Path.Combine(launch.RunDirectory, file.Name))
                .Append(new RunFiles(launch.RunDirectory).Launch).Select(file => new ContainerMount(file, file)),
        ]) with { Labels = Labels(new() { [ContainerNames.RunLabel] = launch.RunId }) };

    /// <summary>A container that stays for the runs of its worker.</summary>
    /// <param name="shared">The directory by which its runs are given to it.</param>
    public ContainerCreation OfWorker(string shared)
    {
        var creation = Make([ContainerWrapper.Shell, "-c", InsideScripts.Keep], "/", new Dictionary<string, string>(), [new(shared, shared, IsReadOnly: false)]);
        return creation with { Labels = Labels(new() { [ContainerNames.ShapeLabel] = ShapeOf(creation) }) };
    }

    private static string ShapeOf(ContainerCreation creation) => ContainerNames.Digest(string.Join('\n',
    [
        creation.Image, creation.User, creation.Network, $"{creation.IsReadOnlyRoot}", string.Join(',', creation.DropCapabilities), $"{creation.Limits}",
        .. creation.Mounts.Select(mount => new JsonArray(mount.Source, mount.Target, mount.IsReadOnly).ToJsonString()),
    ]));

    private ContainerCreation Make(
        IReadOnlyList<string> command, string workingDirectory, IReadOnlyDictionary<string, string> environment, IEnumerable<ContainerMount> own) => new()
    {
        Image = _place.Image,
        Command = command,
        WorkingDirectory = workingDirectory,
        Environment = environment,
        Labels = new Dictionary<string, string>(),
        User = User.Name,
        Network = _place.Network,
        IsReadOnlyRoot = _place.IsReadOnlyRoot,
        DropCapabilities = _place.DropCapabilities,
        Mounts = [.. LastOfEach(_place.Mounts.Concat(own)).Select(mount => mount with { Source = paths.ToEngine(mount.Source) })],
        Tmpfs = _place.IsReadOnlyRoot ? Scratch.ToDictionary(path => path, _ => ScratchOptions) : new Dictionary<string, string>(),
        Limits = launch.Limits,
        KeepsUserId = engine is { IsRootless: true, Kind: EngineKind.Podman } && User.IsHost,
    };

    /// <summary>Engines refuse two for the same path.</summary>
    private static IEnumerable<ContainerMount> LastOfEach(IEnumerable<ContainerMount> mounts)
    {
        var all = mounts.ToList();
        return all.Where((mount, i) => !all.Skip(i + 1).Any(later => later.Target == mount.Target));
    }

    private Dictionary<string, string> Labels(Dictionary<string, string> own) => new(own)
    {
        [ContainerNames.OwnerLabel] = launch.OwnerMark,
        [ContainerNames.WorkerLabel] = _place.WorkerId,
    };
}
