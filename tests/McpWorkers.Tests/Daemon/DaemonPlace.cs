using System.Net.Sockets;
using System.Text;
using McpWorkers.Daemon;
using McpWorkers.Daemon.Client;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers.Composition;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Daemon;

/// <summary>A data directory of a test's own, for daemons inside the test process and clients of them.</summary>
internal sealed class DaemonPlace : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("d");

    public string Root => _root.FullName;

    public string Data => Path.Combine(Root, "data");

    public DataDirectory Paths => DataDirectory.PathsOf(Data);

    /// <summary>A client that takes what is there and starts nothing.</summary>
    public DoorRequest Request => new()
    {
        DataDirectory = Data,
        Kind = "cli",
        Program = [ProductPaths.Executable],
        WorkingDirectory = Root,
        Environment = new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin", ["HOME"] = Root },
        MayStart = false,
    };

    public DaemonOptions Options(Func<HostSettings, HostSettings>? change = null)
    {
        var settings = new HostSettings
        {
            DataDirectory = Data,
            DefaultType = "simulated",
            WorkerTypes = [new() { Name = "simulated", Agent = "simulated" }],
        };
        var factory = new EngineFactory(
            new() { Settings = change?.Invoke(settings) ?? settings, SimulatedAgentCommand = [ProductPaths.Executable, "simulated-agent"], RunServerCommand = [ProductPaths.Executable, "run-server"] }, TimeProvider.System);
        return new()
        {
            DataDirectory = Data,
            Engine = factory.OpenAsync,
            Leave = manager => manager.LeaveAsync(),
            Peer = DaemonPeers.Of,
            RuntimeDirectory = null,
            TemporaryDirectory = Root,
        };
    }

    public Task<DaemonHost> StartAsync(DaemonOptions? options = null) => DaemonHost.StartAsync(options ?? Options(), TestContext.Current.CancellationToken);

    public Task<OpenDoor> OpenAsync(DoorRequest? request = null) => DaemonDoor.OpenAsync(request ?? Request, TestContext.Current.CancellationToken);

    /// <summary>A bare connection, before any hello.</summary>
    public async Task<SocketStream> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(DaemonInfo.Read(Paths)!.Socket), TestContext.Current.CancellationToken);
        return new(socket);
    }

    public void Dispose()
    {
        try
        {
            _root.Delete(recursive: true);
        }
        catch (IOException)
        {
            // A process that ends may still write; the folder lies in the run's temporary directory.
        }
    }
}

/// <summary>Reads and writes lines with a limit, so that a test fails instead of waiting.</summary>
internal static class BoundedLines
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    public static async Task<string?> ReadAsync(this SocketStream stream)
    {
        using var limit = new CancellationTokenSource(Limit);
        return await stream.ReadLineAsync(16 * 1024 * 1024, limit.Token);
    }

    public static Task SayAsync(this SocketStream stream, string line) => stream.WriteAsync(Encoding.UTF8.GetBytes(line + "\n")).AsTask().WaitAsync(Limit);
}
