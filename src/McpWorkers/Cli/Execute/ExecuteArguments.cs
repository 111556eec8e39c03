using McpWorkers.Engine.Model;

namespace McpWorkers.Cli.Execute;

/// <summary>What <c>workers execute</c> is asked to do.</summary>
/// <param name="Timeout">30–3600 s; zero for the type's default.</param>
/// <param name="WorkingDirectory">Absolute.</param>
internal sealed record ExecuteArguments(
    string Prompt, int Count, string? Type, TimeSpan Timeout, string? Model, Permission? Permission, string WorkingDirectory, bool Json);
