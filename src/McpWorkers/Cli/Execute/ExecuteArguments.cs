using McpWorkers.Engine.Workers;

namespace McpWorkers.Cli.Execute;

/// <summary>What <c>workers execute</c> is asked to do with workers of its own.</summary>
/// <param name="Timeout">30–3600 s; zero for the type's default.</param>
internal sealed record ExecuteArguments(string Prompt, SpawnRequest Spawn, TimeSpan Timeout, bool Json);
