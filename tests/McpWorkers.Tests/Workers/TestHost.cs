using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;

namespace McpWorkers.Tests.Workers;

/// <summary>A manager over real processes: its worker types are shell scripts, in a data directory of its own.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("mcpworkers-host-").FullName;

    public TestHost(int maxConcurrent = 10, int maxWorkers = 200, params (string Name, string Script)[] scripts)
    {
        Settings = new HostSettings
        {
            DataDirectory = Path.Combine(_root, "data"),
            MaxConcurrentWorkers = maxConcurrent,
            MaxWorkers = maxWorkers,
            DefaultType = "echo",
            WorkerTypes = [TypeOf("echo", "cat"), .. scripts.Select(script => TypeOf(script.Name, script.Script))],
        };
        Manager = NewManager();
    }

    public HostSettings Settings { get; }

    public WorkerManager Manager { get; }

    public WorkerManager NewManager(params IEnumerable<WorkerType> more) => new(
        Settings with { WorkerTypes = [.. Settings.WorkerTypes, .. more] }, AgentCatalog.Default(), new ProcessLauncher(TimeProvider.System), ExecutableFinder.Find, TimeProvider.System);

    public async ValueTask DisposeAsync()
    {
        await Manager.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    /// <summary>A type of this agent, whose program is a script: it gets the arguments of the agent's adapter.</summary>
    public WorkerType TypeOfAgent(string agent, string script)
    {
        string program = Path.Combine(_root, agent);
        File.WriteAllText(program, "#!/bin/sh\n" + script);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return new() { Name = agent, Agent = agent, Command = [program] };
    }

    private static WorkerType TypeOf(string name, string script) => new()
    {
        Name = name,
        Agent = "command",
        Command = ["/bin/sh", "-c", script],
    };
}
