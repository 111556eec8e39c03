using McpWorkers;
using McpWorkers.Cli;
using McpWorkers.Daemon;
using McpWorkers.Daemon.Client;
using McpWorkers.Daemon.Relay;
using McpWorkers.Engine.Workers.Composition;
using McpWorkers.Mcp;
using McpWorkers.Simulation;

// The simulated agent is started often, and needs nothing of the rest.
if (args is [SimulatedAgent.Subcommand, .. var simulated])
{
    return await SimulatedAgent.RunAsync(simulated);
}

if (args is [EngineFactory.RunWrapperSubcommand, .. var wrapped])
{
    return await EngineFactory.RunWrapperAsync(wrapped);
}

if (EngineFactory.PrepareHost() is { } fault)
{
    Console.Error.WriteLine($"mcpworkers: {fault}");
    return ExitCodes.Usage;
}

var environment = ProcessEnvironment.Of(
    (request, _) => Task.FromResult(FactoryFor(request).CreateManager()),
    McpStdioCommand.RunAsync,
    request => FactoryFor(request).Load(),
    (request, cancellationToken) => FactoryFor(request).CreateDoctor().ExamineAsync(cancellationToken));
return await CliApp.RunAsync(args, environment with { Daemon = new(DoorOf, DaemonOf, StandardStreams.OpenInput, StandardStreams.OpenOutput) });

DoorRequest DoorOf(EngineRequest request, string kind) => new()
{
    DataDirectory = FactoryFor(request).DataDirectory().Path,
    ConfigPath = request.ConfigPath,
    Kind = kind,
    Program = ThisProgram.Command,
    WorkingDirectory = environment.WorkingDirectory,
    Environment = environment.Variables,
};

static DaemonOptions DaemonOf(EngineRequest request, DaemonArguments arguments) => new()
{
    DataDirectory = FactoryFor(request).DataDirectory().Path,
    Arguments = arguments,
    Engine = (_, _) => Task.FromResult(FactoryFor(request).CreateManager()),
    Leave = manager => manager.DisposeAsync().AsTask(),
    Peer = DaemonPeers.Of,
};

static EngineFactory FactoryFor(EngineRequest request) => new(
    new EngineOptions
    {
        ConfigPath = request.ConfigPath,
        DataDirectory = request.DataDirectory,
        SimulatedAgentCommand = [.. ThisProgram.Command, SimulatedAgent.Subcommand],
    },
    TimeProvider.System);
