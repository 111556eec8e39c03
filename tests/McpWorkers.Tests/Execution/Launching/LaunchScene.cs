using System.Globalization;
using System.Text;
using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Execution.Containers;
using McpWorkers.Engine.Execution.Containers.Api;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using McpWorkers.Tests.Execution.Containers;
using McpWorkers.Tests.Execution.Processes;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Execution.Launching;

/// <summary>A place for the runs of one test, by any launcher. At its end nothing of them may be left, nor of their containers.</summary>
internal sealed class LaunchScene : IAsyncDisposable
{
    public const string Process = "process";
    public const string Docker = "docker";
    public const string Podman = "podman";
    public const string KeptDocker = "docker, kept";
    public const string KeptPodman = "podman, kept";

    private readonly string _kind;
    private readonly Func<IContainerEngine, IContainerEngine> _around;
    private readonly ContainerEngine? _engine;
    private int _runs;

    private LaunchScene(string kind, ContainerEngine? engine, Func<IContainerEngine, IContainerEngine> around)
    {
        _kind = kind;
        _around = around;
        _engine = engine;
        Mark = $"launch-{Guid.NewGuid():N}";
        Root = Path.Combine(Path.GetTempPath(), Mark);
        Work = Path.Combine(Root, "work");
        Directory.CreateDirectory(Work);
        Directory.CreateDirectory(Path.Combine(Root, "runs"));
        Launcher = NewLauncher();
    }

    public static TheoryData<string> All => [Process, Docker, Podman, KeptDocker, KeptPodman];

    public static TheoryData<string> Containers => [Docker, Podman, KeptDocker, KeptPodman];

    public static TheoryData<string> Kept => [KeptDocker, KeptPodman];

    public static TheoryData<string> Own => [Docker, Podman];

    public string Mark { get; }

    public string Root { get; }

    public string Work { get; }

    public ILauncher Launcher { get; }

    public IContainerEngine Engine => _around(_engine!);

    public bool IsContainer => _kind != Process;

    public bool IsKept => _kind is KeptDocker or KeptPodman;

    public TimeSpan EnginePatience { get; init; } = TimeSpan.FromSeconds(3);

    public string WorkerId { get; } = "term_1";

    /// <summary>The name of the container of a run.</summary>
    public string ContainerOf(CommandLaunch launch) => IsKept ? ContainerNames.OfWorker(Mark, WorkerId) : ContainerNames.OfRun(Mark, launch.RunId);

    internal static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static Task<LaunchScene> OnAsync(string kind, EngineFixture engines) => OnAsync(kind, engines, engine => engine);

    public static async Task<LaunchScene> OnAsync(string kind, EngineFixture engines, Func<IContainerEngine, IContainerEngine> around)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The scripts are for a Unix shell.");
        return new(kind, kind == Process ? null : (await engines.GetAsync(kind.Split(',')[0])).Client, around);
    }

    public static LaunchScene On(string kind, TestEngine engine) => new(kind, engine.Client, each => each);

    /// <summary>As another host would have it.</summary>
    public ILauncher NewLauncher() => IsContainer
        ? new ContainerLauncher(_ => Task.FromResult(Engine), Path.Combine(Root, "shared"), PathMap.Same, TimeProvider.System)
        {
            EnginePatience = EnginePatience, StartPatience = TimeSpan.FromSeconds(1),
        }
        : new ProcessLauncher(TimeProvider.System);

    public CommandLaunch Script(string script, ResourceLimits? limits = null, RunBounds? bounds = null, LaunchInput? input = null, StopPlan? stop = null)
    {
        string id = $"run_{Interlocked.Increment(ref _runs).ToString(CultureInfo.InvariantCulture)}";
        var environment = new Dictionary<string, string> { ["SCENE"] = Mark };
        if (!IsContainer)
        {
            environment["PATH"] = Environment.GetEnvironmentVariable("PATH")!;
        }

        return new()
        {
            RunId = id,
            RunDirectory = Path.Combine(Root, "runs", id),
            Executable = "/bin/sh",
            Arguments = ["-c", script],
            WorkingDirectory = Work,
            Environment = environment,
            Input = input ?? new LaunchInput.Whole(ReadOnlyMemory<byte>.Empty),
            Bounds = bounds ?? RunBounds.Default,
            Stop = stop ?? StopPlan.InterruptThenTerminate,
            Limits = limits ?? ResourceLimits.None,
            Container = IsContainer ? Place() : null,
            OwnerMark = Mark,
        };
    }

    public ContainerPlace Place(string image = EngineFixture.Busybox) => new()
    {
        Image = image,
        Network = "none",
        IsReadOnlyRoot = true,
        Mounts = [new(Work, Work, IsReadOnly: false)],
        WorkerId = WorkerId,
        IsKept = IsKept,
    };

    public Task<IExecutionHandle> StartAsync(CommandLaunch launch) => Launcher.LaunchAsync(launch, Cancellation);

    public async Task<ExecutionEnd> RunAsync(CommandLaunch launch, LineCollector? lines = null)
    {
        var handle = await StartAsync(launch);
        return await handle.ObserveAsync(lines ?? new(), Cancellation);
    }

    public async Task<(ExecutionEnd End, IReadOnlyList<string> Lines)> RunAsync(string script)
    {
        var lines = new LineCollector();
        return (await RunAsync(Script(script), lines), lines.Lines);
    }

    public static Task UntilOutputAsync(IExecutionHandle handle, string text) => LiveProcesses.UntilAsync(
        () => File.ReadAllText(Path.Combine(handle.RunDirectory, "stdout.ndjson")).Contains(text, StringComparison.Ordinal),
        TimeSpan.FromSeconds(20),
        $"the output holds '{text}'");

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>Processes of the scene's runs, whether of this machine or in a container of it.</summary>
    public IReadOnlyList<string> Left() => LiveProcesses.Under(Mark + "/");

    public async Task<IReadOnlyList<ContainerSummary>> LeftContainersAsync() =>
        await Engine.ListAsync(new Dictionary<string, string> { [ContainerNames.OwnerLabel] = Mark }, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        var left = Left();
        var containers = IsContainer ? await LeftContainersAsync() : [];
        await Launcher.SweepAsync(Mark, _ => true, _ => true, CancellationToken.None);
        var after = IsContainer ? await LeftContainersAsync() : [];
        Directory.Delete(Root, recursive: true);
        Assert.Empty(left);
        Assert.DoesNotContain(containers, container => container.Labels.ContainsKey(ContainerNames.RunLabel));
        Assert.Empty(after);
    }
}
