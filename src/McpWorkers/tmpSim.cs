namespace McpWorkers.Simulation;
internal static class SimulatedAgent { public const string Subcommand = "simulated-agent"; public static Task<int> RunAsync(string[] a) => Task.FromResult(1); }
