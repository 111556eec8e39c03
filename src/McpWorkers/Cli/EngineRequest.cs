namespace McpWorkers.Cli;

/// <summary>What the command line says about the engine to make.</summary>
/// <param name="ConfigPath">Absolute path of a settings file or directory that is read last; null for none.</param>
/// <param name="DataDirectory">Absolute; null for the settings' own.</param>
/// <param name="InProcess">The workers live in this process and end with it.</param>
/// <param name="DebugClient">Debug mode was asked for: the name under which a window follows what the command's workers write. Null: not.</param>
internal sealed record EngineRequest(string? ConfigPath, string? DataDirectory, bool InProcess, string? DebugClient = null);
