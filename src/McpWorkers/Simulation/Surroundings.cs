namespace McpWorkers.Simulation;

/// <summary>What a simulated run sees of the process that it runs in.</summary>
/// <param name="CloseOutput">Closes standard output for good, so that its reader sees the end.</param>
/// <param name="Directory">The working directory, absolute.</param>
internal sealed record Surroundings(Stream Stdout, Stream Stderr, Action CloseOutput, string Directory, TimeProvider Time);
