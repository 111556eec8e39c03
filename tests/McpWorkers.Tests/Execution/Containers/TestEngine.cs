using McpWorkers.Engine.Execution.Containers.Api;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Tests.Product;

namespace McpWorkers.Tests.Execution.Containers;

/// <summary>A real engine of the tests' own, by <c>tests/tools/containers.sh</c>. It also ends when this process does.</summary>
public sealed class TestEngine : IAsyncDisposable
{
    public const string Docker = "docker";
    public const string Podman = "podman";

    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(150);
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(40);
    private readonly string _state;
    private bool _isDown;

    private TestEngine(string kind, string state, string address)
    {
        (Kind, _state, Address) = (kind, state, address);
        Client = new(EngineAddress.Parse(address), TimeProvider.System);
    }

    /// <summary><see cref="Docker"/> or <see cref="Podman"/>.</summary>
    public string Kind { get; }

    /// <summary>Such as <c>unix:///tmp/x/engine.sock</c>.</summary>
    public string Address { get; }

    public string Socket => Address["unix://".Length..];

    /// <summary>For all tests that need none of their own: Podman takes half a second of a processor to say what it is.</summary>
    internal ContainerEngine Client { get; }

    /// <summary>Why no engine of the tests' own can be had on this platform, whatever is installed. Null where one can.</summary>
    public static async Task<string?> WhyNeverAsync()
    {
        if (!OperatingSystem.IsLinux())
        {
            return "An engine of the tests' own runs on Linux only.";
        }

        if (!Environment.IsPrivilegedProcess)
        {
            return "Only root can start an engine of the tests' own.";
        }

        string[] namespaces = ["--mount", "--propagation", "slave", "--pid", "--fork", "--kill-child", "--mount-proc", "--net"];
        var tried = await CommandRunner.RunAsync("unshare", [.. namespaces, "mount", "-t", "tmpfs", "tests", "/run"], EndPatience);
        return tried.ExitCode == 0 ? null : $"This machine lets nobody make the namespaces that an engine of the tests' own needs: {tried.Stderr.Trim()}";
    }

    /// <summary>The engine with the images in it, or why there is none.</summary>
    public static async Task<(TestEngine? Engine, string Reason)> StartAsync(string kind)
    {
        string missing = Path.Combine(ProductPaths.Tools, "containers", "missing");
        if (File.Exists(missing))
        {
            return (null, (await File.ReadAllTextAsync(missing)).Trim());
        }

        string state = Path.Combine(Path.GetTempPath(), $"engine-{kind}-{Guid.NewGuid():N}"[..^26]);
        var said = await ScriptAsync(["up", kind, "--state", state, "--owner", $"{Environment.ProcessId}"], StartPatience);
        string address = said.Stdout.Trim();
        if (said.ExitCode == 0 && address.StartsWith("unix://", StringComparison.Ordinal))
        {
            return (new(kind, state, address), "");
        }

        await DownAsync(kind, state);
        return (null, $"{kind} did not start: {(said.TimedOut ? $"no end after {StartPatience}; " : "")}{said.Stderr.Trim()}");
    }

    /// <summary>Ends it with all its containers. Once it has returned nothing of it is left.</summary>
    public async Task StopAsync()
    {
        if (!_isDown)
        {
            _isDown = true;
            await DownAsync(Kind, _state);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await StopAsync();
    }

    private static async Task DownAsync(string kind, string state)
    {
        var said = await ScriptAsync(["down", kind, "--state", state], EndPatience);
        if (said.ExitCode != 0)
        {
            throw new InvalidOperationException($"{kind} did not end: {said.Stderr.Trim()}");
        }

        File.Delete(state + ".lock");
    }

    private static Task<CommandOutput> ScriptAsync(string[] arguments, TimeSpan patience) =>
        CommandRunner.RunAsync("bash", [ProductPaths.Script("containers.sh"), .. arguments], patience);
}
