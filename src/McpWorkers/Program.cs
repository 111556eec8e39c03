using McpWorkers.Simulation;

if (args is [SimulatedAgent.Subcommand, .. var rest])
{
    return await SimulatedAgent.RunAsync(rest);
}

return 0;
