using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace McpWorkers.Benchmarks.Tasks;

/// <summary>
/// Celery with its workers, over a Redis of its own that syncs before it answers; on loopback, in a folder that goes with it. Set up as its
/// guide says for many short tasks, see Scripts/celery_tasks.py.
/// </summary>
internal sealed class CeleryPeer : IAsyncDisposable
{
    public const string Missing = "there is no redis-server, or no python3 that has Celery and redis (Debian: apt-get install celery redis-server python3-redis)";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly string _folder = Directory.CreateTempSubdirectory("mcpworkers-celery-").FullName;
    private readonly int _port = FreePort();
    private readonly string _python;
    private readonly List<Process> _started = [];

    private CeleryPeer(string python) => _python = python;

    /// <summary>Versions of all that takes part; null where something is missing.</summary>
    public static async Task<(string Python, string Versions)?> FindAsync()
    {
        if (await SaysAsync("redis-server", "--version") is not { } redis)
        {
            return null;
        }

        // Debian's packages are those of Debian's Python, which need not be the first on the PATH.
        foreach (string python in new[] { "python3", "/usr/bin/python3" })
        {
            const string Ask = "import celery, kombu, redis, platform; "
                + "print('Celery', celery.__version__ + ', kombu', kombu.__version__ + ', redis-py', redis.__version__ + ', Python', platform.python_version())";
            if (await SaysAsync(python, "-c", Ask) is { } versions)
            {
                return (python, $"{versions}, Redis {redis.Split("v=")[^1].Split(' ')[0]}");
            }
        }

        return null;
    }

    public static async Task<CeleryPeer> StartAsync(string python, int concurrency)
    {
        var peer = new CeleryPeer(python);
        try
        {
            peer.Start(
                "redis-server", "--port", $"{peer._port}", "--bind", "127.0.0.1", "--appendonly", "yes", "--appendfsync", "always", "--save", "",
                "--dir", peer._folder, "--loglevel", "warning");
            File.Copy(Tools.Script("celery_tasks.py"), Path.Combine(peer._folder, "celery_tasks.py"));
            peer.Start(
                python, "-m", "celery", "--quiet", "-A", "celery_tasks", "worker", "--concurrency", $"{concurrency}", "--loglevel", "ERROR", "--without-gossip", "--without-mingle",
                "--without-heartbeat");
            await peer.RunAsync(10, 1);
            return peer;
        }
        catch
        {
            await peer.DisposeAsync();
            throw;
        }
    }

    /// <summary>Tasks a second, from the first that is sent to the last result.</summary>
    public async Task<double> RunAsync(int count, int senders)
    {
        var client = Start(_python, "celery_tasks.py", Text(count), Text(senders));
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

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static async Task<string?> SaysAsync(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            string said = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            return process.ExitCode == 0 ? said.Trim() : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = _folder, RedirectStandardOutput = arguments[0] == "celery_tasks.py" };
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
