using McpWorkers;
using McpWorkers.Cli;
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
    McpStdioCommand.RunAsync,
    request => FactoryFor(request).Load(),
    (request, cancellationToken) => FactoryFor(request).CreateDoctor().ExamineAsync(cancellationToken)));

static EngineFactory FactoryFor(EngineRequest request) => new(
    new EngineOptions
    {
        ConfigPath = request.ConfigPath,
        DataDirectory = request.DataDirectory,
        SimulatedAgentCommand = [.. ThisProgram.Command, SimulatedAgent.Subcommand],
    },
    TimeProvider.System);
