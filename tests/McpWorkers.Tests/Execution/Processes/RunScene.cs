using System.Globalization;
using System.Text;
using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Execution.Processes;

/// <summary>A place for the runs of one test, shell scripts as their commands. At its end nothing of them may be left.</summary>
public abstract class RunScene : IDisposable
{
    private static int s_sleeps = Random.Shared.Next(1_000_000, 9_000_000);

    private readonly List<string> _sleeps = [];
    private int _runs;

    internal string Mark { get; } = $"scene-{Guid.NewGuid():N}";

    internal string Root { get; }

    internal ProcessLauncher Launcher { get; } = new(TimeProvider.System);

    internal static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    protected RunScene()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The scripts are for a Unix shell.");
        Root = Path.Combine(Path.GetTempPath(), Mark);
        Directory.CreateDirectory(Root);
    }

    /// <summary>A sleep that no other test has, so that it is found by its command line also where it has no marker.</summary>
    internal string LongSleep()
    {
        string sleep = "sleep " + Interlocked.Increment(ref s_sleeps).ToString(CultureInfo.InvariantCulture);
        _sleeps.Add(sleep);
        return sleep;
    }

    internal CommandLaunch Script(string script, RunBounds? bounds = null, LaunchInput? input = null, string? root = null, params string[] arguments)
    {
        string id = $"run_{Interlocked.Increment(ref _runs)}";
        return new()
        {
            RunId = id,
            RunDirectory = Path.Combine(root ?? Root, id),
            Executable = "/bin/sh",
            Arguments = ["-c", script, "script", .. arguments],
            WorkingDirectory = Root,
            Environment = new Dictionary<string, string> { ["PATH"] = Environment.GetEnvironmentVariable("PATH")! },
            Input = input ?? new LaunchInput.Whole(ReadOnlyMemory<byte>.Empty),
            Bounds = bounds ?? RunBounds.Default,
            Stop = StopPlan.InterruptThenTerminate,
            OwnerMark = Mark,
        };
    }

    internal Task<IExecutionHandle> StartAsync(CommandLaunch launch) => Launcher.LaunchAsync(launch, Cancellation);

    internal Task<IExecutionHandle> StartAsync(string script, RunBounds? bounds = null) => StartAsync(Script(script, bounds));

    internal async Task<ExecutionEnd> RunAsync(CommandLaunch launch, IRunReader? reader = null)
    {
        var handle = await StartAsync(launch);
        return await handle.ObserveAsync(reader ?? new LineCollector(), Cancellation);
    }

    internal Task<ExecutionEnd> RunAsync(string script, IRunReader? reader = null, RunBounds? bounds = null) =>
        RunAsync(Script(script, bounds), reader);

    internal static void ExitedWith(int code, ExecutionEnd end) => Assert.Equal(new ExitStatus.Code(code), end.Exit);

    internal static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    internal static string Output(IExecutionHandle handle) => File.ReadAllText(Path.Combine(handle.RunDirectory, "stdout.ndjson"));

    internal static Task UntilOutputAsync(IExecutionHandle handle, string text) =>
        LiveProcesses.UntilAsync(() => Output(handle).Contains(text, StringComparison.Ordinal), TimeSpan.FromSeconds(10), $"the output holds '{text}'");

    internal static int WrapperOf(IExecutionHandle handle) => new RunFiles(handle.RunDirectory).ReadPid()!.Value.Pid;

    /// <summary>Processes with a marker of this scene, and its sleeps, whatever they have done to themselves.</summary>
    internal IReadOnlyList<string> Left() => [.. LiveProcesses.Under(Mark), .. _sleeps.SelectMany(LiveProcesses.WithCommand)];

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        var left = Left();
        ProcessSweep.KillAllOf(Mark);
        foreach (string process in left)
        {
            int pid = int.Parse(process.AsSpan(0, process.IndexOf(' ', StringComparison.Ordinal)), CultureInfo.InvariantCulture);
            if (ProcessTable.Find(pid) is { } entry && pid != Environment.ProcessId)
            {
                RunProcesses.Signal([entry.Key], StopSignal.Kill);
            }
        }

        Directory.Delete(Root, recursive: true);
        Assert.Empty(left);
    }
}
