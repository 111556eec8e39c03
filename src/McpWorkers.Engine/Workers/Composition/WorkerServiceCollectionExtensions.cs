using McpWorkers.Engine.Model;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace McpWorkers.Engine.Workers.Composition;

/// <summary>Registers the engine.</summary>
public static class WorkerServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="WorkerManager"/> and <see cref="WorkerOrchestrator"/> as singletons. The manager stops its runs when the container is
    /// disposed asynchronously.
    /// </summary>
    /// <exception cref="RefusedException">At first use: the settings are wrong; the message has a line for each problem.</exception>
    public static IServiceCollection AddMcpWorkers(this IServiceCollection services, Action<EngineOptions>? configure = null)
    {
        var options = new EngineOptions();
        configure?.Invoke(options);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => new EngineFactory(options, provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton(provider => provider.GetRequiredService<EngineFactory>().CreateManager());
        services.TryAddSingleton(provider => new WorkerOrchestrator(
            provider.GetRequiredService<WorkerManager>(), provider.GetRequiredService<TimeProvider>()));
        return services;
    }
}
