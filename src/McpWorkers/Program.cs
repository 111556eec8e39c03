using McpWorkers;
using McpWorkers.Cli;
using McpWorkers.Cli.Watch;
using McpWorkers.Daemon;
using McpWorkers.Daemon.Client;
using McpWorkers.Daemon.Relay;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers;
using McpWorkers.Engine.Workers.Composition;
using McpWorkers.Mcp;
using McpWorkers.Simulation;
using McpWorkers.Voice;

// The simulated agent is started often, and needs nothing of the rest.
if (args is [SimulatedAgent.Subcommand, .. var simulated])
{
    return await SimulatedAgent.RunAsync(simulated);
}

if (args is [EngineFactory.RunWrapperSubcommand, .. var wrapped])
{
    return await EngineFactory.RunWrapperAsync(wrapped);
}

// Of each run that may ask: it waits, most of the time.
if (args is [RunServerProgram.Subcommand])
{
    return await RunServerProgram.RunAsync();
}

if (EngineFactory.PrepareHost() is { } fault)
{
    Console.Error.WriteLine($"mcpworkers: {fault}");
    return ExitCodes.Usage;
}

CliEnvironment environment = null!;
environment = ProcessEnvironment.Of(
    (request, _) => Task.FromResult(FactoryFor(request).CreateManager()),
    DoorTo,
    McpStdioCommand.RunAsync,
    request => FactoryFor(request).Load(),
    (request, cancellationToken) => FactoryFor(request).CreateDoctor().ExamineAsync(cancellationToken));
return await CliApp.RunAsync(args, environment with
{
    Daemon = new(DoorOf, DaemonOf, StandardStreams.OpenInput, StandardStreams.OpenOutput),
    Repair = RepairAsync,
});

DoorRequest DoorOf(EngineRequest request, string kind) => new()
{
    DataDirectory = FactoryFor(request).DataDirectory().Path,
    ConfigPath = request.ConfigPath,
    Kind = kind,
    Program = ThisProgram.Command,
    WorkingDirectory = environment.WorkingDirectory,
    Environment = DebugMode.Named(environment.Variables, request.DebugClient),
};

static DaemonOptions DaemonOf(EngineRequest request, DaemonArguments arguments) => new()
{
    DataDirectory = FactoryFor(request).DataDirectory().Path,
    Arguments = arguments,
    Engine = FactoryFor(request).OpenAsync,
    Leave = manager => manager.LeaveAsync(),
    Peer = DaemonPeers.Of,
    Http = DaemonHttp.OpenAsync,
};

Func<CancellationToken, Task<Stream>> DoorTo(EngineRequest request) => request.InProcess

    // The workers live and end with this process; the door is opened once, since nothing can cut it off.
    ? _ => Task.FromResult(InProcessDoor.Open(
        FactoryFor(request).CreateManager(), new Caller { Kind = "cli", DebugClient = request.DebugClient }, Console.Error, TimeProvider.System, endsManager: true))
    : AtDaemon(DoorOf(request, "cli"));

static Func<CancellationToken, Task<Stream>> AtDaemon(DoorRequest door)
{
    bool isFirst = true;
    return async cancellationToken =>
    {
        // Who comes back takes the daemon that is there: its settings may have been changed on purpose meanwhile.
        var open = await DaemonDoor.OpenAsync(door with { TakesAnySettings = !isFirst }, cancellationToken);
        isFirst = false;
        return open.Stream;
    };
}

static async Task<StoreRebuilt> RepairAsync(EngineRequest request)
{
    var factory = FactoryFor(request);
    using var directory = DataDirectory.Take(factory.DataDirectory().Path);
    return await factory.RepairAsync(directory);
}

static EngineFactory FactoryFor(EngineRequest request) => new(
    new EngineOptions
    {
        ConfigPath = request.ConfigPath,
        DataDirectory = request.DataDirectory,
        SimulatedAgentCommand = [.. ThisProgram.Command, SimulatedAgent.Subcommand],
        RunServerCommand = [.. ThisProgram.Command, RunServerProgram.Subcommand],
    },
    TimeProvider.System);
