namespace McpWorkers.Engine.Model;

/// <summary>A file to be written into a run directory before the launch.</summary>
/// <param name="Name">A plain file name, no separators.</param>
/// <param name="Content">The bytes; written with mode 0600.</param>
/// <param name="IsForHost">The host reads it again later: a command in a container cannot change it.</param>
public sealed record RunFile(string Name, ReadOnlyMemory<byte> Content, bool IsForHost = false);
