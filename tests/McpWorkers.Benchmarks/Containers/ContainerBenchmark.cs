using System.Diagnostics;
using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Execution.Containers;
using McpWorkers.Engine.Execution.Containers.Api;
using McpWorkers.Engine.Model;

namespace McpWorkers.Benchmarks.Containers;

/// <summary>What a run in a container costs beside the engine's own command line, and beside its API with nothing around it.</summary>
internal static class ContainerBenchmark
{
    private const int RoundCount = 15;
    private const string Word = "hello";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static async Task RunAsync()
    {
        if (EngineUnderTest.Address is not { } address)
        {
            Rounds.Skip("container", EngineUnderTest.None);
            return;
        }

        string folder = Directory.CreateTempSubdirectory("mcpworkers-benchmark-").FullName;
        using var engine = EngineUnderTest.Connect(address);
        var launcher = new ContainerLauncher(_ => Task.FromResult<IContainerEngine>(engine), Path.Combine(folder, "shared"), PathMap.Same, TimeProvider.System);
        try
        {
            var identity = await engine.IdentifyAsync(CancellationToken.None);
            Console.WriteLine($"\n{identity.Kind} {identity.Version} at {address}, {EngineUnderTest.Image}");
            bool hasClient = await HasClientAsync();
            await Rounds.RunAsync("Create to first output, one container a run", "ms", RoundCount,
            [
                new("API alone (create, start, logs)", () => BareAsync(engine, toOutput: true)),
                .. hasClient ? [new Candidate("docker run", () => ClientAsync(toOutput: true, RunArguments))] : Array.Empty<Candidate>(),
                new("McpWorkers", () => LaunchAsync(launcher, folder, isKept: false, toOutput: true)),
            ]);
            await Rounds.RunAsync("Create to end, nothing left", "ms", RoundCount,
            [
                new("API alone (create, start, wait, remove)", () => BareAsync(engine, toOutput: false)),
                .. hasClient ? [new Candidate("docker run --rm", () => ClientAsync(toOutput: false, RunArguments))] : Array.Empty<Candidate>(),
                new("McpWorkers", () => LaunchAsync(launcher, folder, isKept: false, toOutput: false)),
            ]);
            await LaunchAsync(launcher, folder, isKept: true, toOutput: false);
            string kept = ContainerNames.OfWorker("benchmark", "term_1");
            await Rounds.RunAsync("Next run in a warm container, to its end", "ms", RoundCount,
            [
                new("API alone (exec)", () => ExecAsync(engine, kept)),
                .. hasClient ? [new Candidate("docker exec", () => ClientAsync(toOutput: false, ["exec", kept, "echo", Word]))] : Array.Empty<Candidate>(),
                new("McpWorkers", () => LaunchAsync(launcher, folder, isKept: true, toOutput: false)),
            ]);
        }
        finally
        {
            await launcher.SweepAsync("benchmark", _ => true, _ => true, CancellationToken.None);
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string[] RunArguments => ["run", "--rm", "--init", "--network", "none", "--read-only", "--cap-drop", "ALL", EngineUnderTest.Image, "echo", Word];

    private static async Task<bool> HasClientAsync()
    {
        try
        {
            return await ClientAsync(toOutput: false, ["version"]) > 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Rounds.Skip("docker's command line", "there is no docker on the PATH");
            return false;
        }
    }

    private static async Task<double> BareAsync(ContainerEngine engine, bool toOutput)
    {
        using var limit = new CancellationTokenSource(Limit);
        string name = $"benchmark-{Guid.NewGuid():N}";
        long begun = Stopwatch.GetTimestamp();
        await engine.CreateAsync(name, new()
        {
            Image = EngineUnderTest.Image,
            Command = ["echo", Word],
            WorkingDirectory = "/",
            Environment = new Dictionary<string, string>(),
            Labels = new Dictionary<string, string>(),
            User = "0:0",
            Network = "none",
            IsReadOnlyRoot = true,
            DropCapabilities = ["ALL"],
            Mounts = [],
        }, limit.Token);
        await engine.StartAsync(name, limit.Token);
        if (!toOutput)
        {
            await engine.WaitAsync(name, limit.Token);
            await engine.RemoveAsync(name, limit.Token);
            return Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
        }

        long seen = 0;
        await engine.FollowAsync(name, (_, _) => seen = seen == 0 ? Stopwatch.GetTimestamp() : seen, limit.Token);
        await engine.RemoveAsync(name, limit.Token);
        return Stopwatch.GetElapsedTime(begun, seen).TotalMilliseconds;
    }

    private static async Task<double> ExecAsync(ContainerEngine engine, string container)
    {
        using var limit = new CancellationTokenSource(Limit);
        long begun = Stopwatch.GetTimestamp();
        await engine.ExecAsync(container, new() { Command = ["echo", Word], Environment = new Dictionary<string, string>() }, (_, _) => { }, limit.Token);
        return Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
    }

    private static async Task<double> ClientAsync(bool toOutput, string[] arguments)
    {
        long begun = Stopwatch.GetTimestamp();
        using var process = Process.Start(new ProcessStartInfo("docker", arguments) { RedirectStandardOutput = true })!;
        await process.StandardOutput.ReadLineAsync().WaitAsync(Limit);
        double output = Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
        await process.StandardOutput.ReadToEndAsync().WaitAsync(Limit);
        await process.WaitForExitAsync().WaitAsync(Limit);
        return toOutput ? output : Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
    }

    private static async Task<double> LaunchAsync(ContainerLauncher launcher, string folder, bool isKept, bool toOutput)
    {
        using var limit = new CancellationTokenSource(Limit);
        string id = $"run_{Guid.NewGuid():N}"[..20];
        var launch = new CommandLaunch
        {
            RunId = id,
            RunDirectory = Path.Combine(folder, id),
            Executable = "echo",
            Arguments = [Word],
            WorkingDirectory = folder,
            Environment = new Dictionary<string, string>(),
            Input = new LaunchInput.Whole(ReadOnlyMemory<byte>.Empty),
            Bounds = RunBounds.Default,
            Stop = StopPlan.InterruptThenTerminate,
            OwnerMark = "benchmark",
            Container = new() { Image = EngineUnderTest.Image, Network = "none", IsReadOnlyRoot = true, WorkerId = "term_1", IsKept = isKept },
        };
        var first = new FirstLine();
        long begun = Stopwatch.GetTimestamp();
        var handle = await launcher.LaunchAsync(launch, limit.Token);
        var end = await handle.ObserveAsync(first, limit.Token);
        return end.Exit is not ExitStatus.Code(0) || first.Seen == 0
            ? throw new InvalidOperationException($"The run ended otherwise than well: {end.Exit}.")
            : toOutput ? Stopwatch.GetElapsedTime(begun, first.Seen).TotalMilliseconds : Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
    }

    private sealed class FirstLine : IRunReader
    {
        public long Seen { get; private set; }

        public RunActivity Take(in OutputLine line)
        {
            Seen = Seen == 0 ? Stopwatch.GetTimestamp() : Seen;
            return default;
        }
    }
}
