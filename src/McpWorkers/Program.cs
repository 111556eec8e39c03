using McpWorkers.Simulation;

if (args is ["simulated-agent", .. var rest])
{
    return await SimulatedAgent.RunAsync(rest);
}

return 0;
