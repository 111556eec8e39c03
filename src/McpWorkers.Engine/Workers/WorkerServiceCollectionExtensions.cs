using McpWorkers.Engine.Model;
using Microsoft.Extensions.DependencyInjection;

namespace McpWorkers.Engine.Workers;

/// <summary>Registers the engine.</summary>
public static class WorkerServiceCollectionExtensions
{
    /// <summary>Adds <see cref="WorkerManager"/> and <c>WorkerOrchestrator</c> with the settings found by the usual search.</summary>
    public static IServiceCollection AddMcpWorkers(this IServiceCollection services, Action<EngineOptions>? configure = null) =>
        throw new NotImplementedException();
}

/// <summary>What a host tells the engine.</summary>
public sealed class EngineOptions
{
    /// <summary>The settings to use. Null: found by the usual search (beside the executable, the user's, variables).</summary>
    public HostSettings? Settings { get; set; }

    /// <summary>Words of the command that runs the simulated agent; null: <c>mcpworkers simulated-agent</c> from PATH.</summary>
    public IReadOnlyList<string>? SimulatedAgentCommand { get; set; }
}
