using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Storage.Sqlite;
using McpWorkers.Engine.Workers;
using McpWorkers.Engine.Workers.Homes;
using McpWorkers.Engine.Workers.Hosting;

namespace McpWorkers.Tests.Workers.Hosting;

/// <summary>A data directory over which one host after another is opened; its worker types are shell scripts.</summary>
internal sealed class DurableHost : IAsyncDisposable
{
    private readonly string _root = System.IO.Directory.CreateTempSubdirectory("mcpworkers-durable-").FullName;
    private DataDirectory? _directory;
    private WorkerManager? _manager;

    public string Data => Path.Combine(_root, "data");

    public HostSettings Settings { get; set; } = new() { DataDirectory = "" };

    public WorkerManager Manager => _manager ?? throw new InvalidOperationException("No host is open.");

    public DataDirectory Directory => _directory!;

    /// <summary>What stands behind the manager.</summary>
    public WorkerHost Host { get; private set; } = null!;

    /// <summary>What is put around the store of the hosts that are opened from now on.</summary>
    public Func<IDataStore, IDataStore> Around { get; set; } = static store => store;

    /// <summary>Of the hosts that are opened from now on.</summary>
    public ILauncher Launcher { get; set; } = new ProcessLauncher(TimeProvider.System);

    /// <summary>Of the hosts, and of nothing beneath them.</summary>
    public LeapingTime Time { get; } = new();

    public string FileIn(string name) => Path.Combine(_root, name);

    /// <summary>Opens a host; the one before it is left.</summary>
    public async Task<WorkerManager> OpenAsync(params (string Name, string Script)[] scripts)
    {
        await LeaveAsync();
        if (scripts.Length > 0 || Settings.WorkerTypes.Count == 0)
        {
            Settings = Settings with
            {
                DataDirectory = Data,
                DefaultType = "echo",
                WorkerTypes = [TypeOf("echo", "cat"), .. scripts.Select(script => TypeOf(script.Name, script.Script))],
            };
        }

        _directory = DataDirectory.Take(Data);
        var store = await SqliteStore.OpenAsync(_directory.StorePath, TimeProvider.System);
        Host = new WorkerHost(
            Settings, AgentCatalog.Default(), Launcher, ExecutableFinder.Find, new DurableRunHome(_directory), Around(store), Time);
        _manager = await WorkerManager.OpenAsync(Host, CancellationToken.None);
        return _manager;
    }

    public async Task LeaveAsync()
    {
        if (_manager is not null)
        {
            await _manager.LeaveAsync();
            _directory!.Dispose();
            _manager = null;
        }
    }

    /// <summary>Changes what the next host finds.</summary>
    public async Task BetweenAsync(Func<IDataStore, Task> change)
    {
        await LeaveAsync();
        using var directory = DataDirectory.Take(Data);
        await using var store = await SqliteStore.OpenAsync(directory.StorePath, TimeProvider.System);
        await change(store);
    }

    public async ValueTask DisposeAsync()
    {
        if (_manager is null)
        {
            await OpenAsync();
        }

        await Manager.CloseAllAsync();
        await LeaveAsync();
        System.IO.Directory.Delete(_root, recursive: true);
    }

    private static WorkerType TypeOf(string name, string script) => new() { Name = name, Agent = "command", Command = ["/bin/sh", "-c", script] };
}
