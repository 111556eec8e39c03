using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace McpWorkers.Benchmarks.Tasks;

/// <summary>Celery with its workers, over a Redis of its own that syncs each write; on loopback, in a folder that goes with it.</summary>
internal sealed class CeleryPeer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("mcpworkers-celery-").FullName;
    private readonly int _port = FreePort();
    private readonly List<Process> _started = [];

    private CeleryPeer()
    {
    }

    /// <summary>Null where they are not installed.</summary>
    public static async Task<CeleryPeer?> StartAsync(int concurrency)
    {
        string[] path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        if (!new[] { "celery", "redis-server" }.All(name => path.Any(folder => File.Exists(Path.Combine(folder, name)))))
        {
            return null;
        }

        var peer = new CeleryPeer();
        try
        {
            peer.Start("redis-server", "--port", $"{peer._port}", "--bind", "127.0.0.1", "--appendonly", "yes", "--appendfsync", "always", "--save", "", "--dir", peer._folder);
            File.Copy(Tools.Script("celery_tasks.py"), Path.Combine(peer._folder, "celery_tasks.py"));
            peer.Start("celery", "-A", "celery_tasks", "worker", "--concurrency", $"{concurrency}", "--loglevel", "ERROR", "--without-gossip", "--without-mingle");
            await peer.RunAsync(10);
            return peer;
        }
        catch
        {
            await peer.DisposeAsync();
            throw;
        }
    }

    /// <summary>Tasks a second, from the first that is sent to the last result.</summary>
    public async Task<double> RunAsync(int count)
    {
        var client = Start("python3", "celery_tasks.py", count.ToString(CultureInfo.InvariantCulture));
        using var limit = new CancellationTokenSource(Patience);
        string said = await client.StandardOutput.ReadToEndAsync(limit.Token);
        await client.WaitForExitAsync(limit.Token);
        return client.ExitCode == 0
            ? count / double.Parse(said, CultureInfo.InvariantCulture)
            : throw new InvalidOperationException($"The Celery client ended with {client.ExitCode}: {said}");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _started.AsEnumerable().Reverse())
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }

            await process.WaitForExitAsync();
            process.Dispose();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private Process Start(string program, params string[] arguments)
    {
        bool isClient = program == "python3";
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = _folder, RedirectStandardOutput = isClient };
        start.Environment["BENCH_REDIS"] = $"redis://127.0.0.1:{_port}/0";
        var process = Process.Start(start)!;
        _started.Add(process);
        return process;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
