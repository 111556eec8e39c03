using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Execution.Containers;
using McpWorkers.Engine.Execution.Containers.Api;
using McpWorkers.Engine.Execution.Limits;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers.Doctor;
using McpWorkers.Engine.Workers.Runs;

namespace McpWorkers.Engine.Workers.Composition;

/// <summary>What a host has of container engines. Nothing is asked of one before the first need.</summary>
internal static class ContainerParts
{
    /// <summary>In the data directory: what workers' kept containers share with the host.</summary>
    private const string SharedName = "shared";

    /// <summary>Processes and containers, by the settings.</summary>
    public static ILauncher Launcher(HostSettings settings, TimeProvider time)
    {
        var door = new EngineDoor(SearchBy(settings, time));
        return new Launchers(
            new ProcessLauncher(time),
            new ContainerLauncher(door.ConnectAsync, Path.Combine(settings.DataDirectory, SharedName), new PathMap(settings.Containers.PathMap), time));
    }

    /// <summary>Every place that was looked at, in the order of preference.</summary>
    public static async Task<IReadOnlyList<EngineSighting>> FindAsync(HostSettings settings, TimeProvider time, CancellationToken cancellationToken) =>
        [.. (await SearchBy(settings, time).LookAsync(cancellationToken)).Select(SightingOf)];

    private static EngineSearch SearchBy(HostSettings settings, TimeProvider time) => new(
        settings.Containers.Engine, AgentEnvironment.OfThisProcess(), Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), time);

    private static EngineSighting SightingOf(EngineFinding finding)
    {
        bool isNamed = finding.Source != EnginePlaces.Usual;
        var sighting = new EngineSighting(finding.Address)
        {
            NamedBy = isNamed ? finding.Source : null,
            Fault = finding.Fault,
            IsAbsent = !isNamed && !Path.Exists(finding.Address["unix://".Length..]),
        };
        return finding.Identity is not { } engine ? sighting : sighting with
        {
            Engine = $"{engine.Kind} {engine.Version}, API {engine.ApiVersion}",
            IsRootless = engine.IsRootless,
            CannotKeep = [.. Enum.GetValues<LimitKind>().Where(kind => !ContainerLimits.CanKeep(engine, kind)).Select(OutcomeText.NameOf)],
            Warnings = engine.Warnings,
        };
    }
}
