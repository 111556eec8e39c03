using McpWorkers;
using McpWorkers.Cli;
using McpWorkers.Daemon;
using McpWorkers.Engine.Workers;
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

return await CliApp.RunAsync(args, ProcessEnvironment.Of(
    (request, _) => Task.FromResult(FactoryFor(request).CreateManager()),
    request => InProcess(request),
    McpStdioCommand.RunAsync,
    request => FactoryFor(request).Load(),
    (request, cancellationToken) => FactoryFor(request).CreateDoctor().ExamineAsync(cancellationToken)));

// The workers live and end with this process; the door is opened once, since nothing can cut it off.
static Func<CancellationToken, Task<Stream>> InProcess(EngineRequest request) => _ => Task.FromResult(InProcessDoor.Open(
    FactoryFor(request).CreateManager(), new Caller { Kind = "cli" }, Console.Error, TimeProvider.System, endsManager: true));

static EngineFactory FactoryFor(EngineRequest request) => new(
    new EngineOptions
    {
        ConfigPath = request.ConfigPath,
        DataDirectory = request.DataDirectory,
        SimulatedAgentCommand = [.. ThisProgram.Command, SimulatedAgent.Subcommand],
    },
    TimeProvider.System);
