namespace McpWorkers.Engine.Model;

/// <summary>A file to be written into a run directory before the launch.</summary>
/// <param name="Name">A plain file name, no separators.</param>
/// <param name="Content">The bytes; written with mode 0600.</param>
public sealed record RunFile(string Name, ReadOnlyMemory<byte> Content);
