using McpWorkers.Cli;
using McpWorkers.Daemon;
using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Tasks;
using McpWorkers.Engine.Workers;

namespace McpWorkers.Tests.Cli;

/// <summary>
/// Command lines over one real engine that lives on between them, as a daemon does; only what would be processes is scripted. Doors are opened
/// in this process.
/// </summary>
internal sealed class WorkersPlace : IAsyncDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("cli-").FullName;
    private readonly Lazy<Task<TaskManager>> _tasks;
    private Action? _interrupt;

    public WorkersPlace(ILauncher launcher, Func<HostSettings, HostSettings>? change = null)
    {
        var settings = new HostSettings
        {
            DataDirectory = Path.Combine(_data, "data"),
            DefaultType = "echo",
            WorkerTypes = [new WorkerType { Name = "echo", Agent = "simulated" }],
        };
        Manager = new(
            change?.Invoke(settings) ?? settings, new AgentCatalog([new EchoAgent()]), launcher, static (name, _) => "/bin/" + name, TimeProvider.System);
        _tasks = new(() => TaskManager.OpenAsync(Manager));
    }

    public WorkerManager Manager { get; }

    /// <summary>The queue, which begins with the first who asks for it.</summary>
    public Task<TaskManager> Tasks => _tasks.Value;

    /// <summary>Standard input of the commands.</summary>
    public string Input { get; set; } = "";

    /// <summary>Whether commands come to the queue.</summary>
    public bool HasQueue { get; init; }

    public string Folder => _data;

    public StringWriter Log { get; } = new();

    /// <summary>Runs a command that is none of <c>workers</c> to its end.</summary>
    public async Task<(int Code, string Out, string Error)> RunCommandAsync(params string[] args)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        int code = await CliApp.RunAsync(args, Environment(output, error));
        return (code, output.ToString(), error.ToString());
    }

    /// <summary>Runs a command to its end.</summary>
    public async Task<(int Code, string Out, string Error)> RunAsync(params string[] args)
    {
        var command = Start(args);
        return (await command.Ended, command.Out.ToString(), command.Error.ToString());
    }

    /// <summary>Starts a command; only one at a time hears of an interrupt.</summary>
    public RunningCommand Start(params string[] args) => Start(environment => environment, args);

    public RunningCommand Start(Func<CliEnvironment, CliEnvironment> change, params string[] args)
    {
        var output = new StringWriter();
        var error = new StringWriter();
        return new(CliApp.RunAsync(["workers", .. args], change(Environment(output, error))), output, error);
    }

    /// <summary>What Ctrl-C does to the command that was started last.</summary>
    public void Interrupt() => _interrupt!();

    /// <summary>Whether the command that was started last listens.</summary>
    public bool HasInterrupt => _interrupt is not null;

    /// <summary>What interrupts that command also once others were started.</summary>
    public Action TakeInterrupt() => _interrupt!;

    public async ValueTask DisposeAsync()
    {
        if (_tasks.IsValueCreated)
        {
            await (await Tasks).DisposeAsync();
        }

        await Manager.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    private CliEnvironment Environment(TextWriter output, TextWriter error) => new()
    {
        Out = TextWriter.Synchronized(output),
        Error = TextWriter.Synchronized(error),
        In = new StringReader(Input),
        Width = 100,
        Height = 24,
        Variables = new Dictionary<string, string> { ["NO_COLOR"] = "1" },
        WorkingDirectory = _data,
        OnInterrupt = asked =>
        {
            _interrupt = asked;
            return new StringReader("");
        },
        Engine = (_, _) => Task.FromResult(Manager),
        Door = request => async _ => InProcessDoor.Open(
            Manager, new Caller { Kind = "cli", DebugClient = request.DebugClient }, Log, TimeProvider.System, tasks: HasQueue ? await Tasks : null),
        OutBytes = () => Stream.Null,
        Mcp = (_, _, _) => throw new InvalidOperationException(),
        Settings = _ => throw new InvalidOperationException(),
        Doctor = (_, _) => throw new InvalidOperationException(),
    };
}

/// <summary>A command line that was started.</summary>
/// <param name="Ended">Its exit code.</param>
internal sealed record RunningCommand(Task<int> Ended, StringWriter Out, StringWriter Error);
