using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Settings;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Storage.Sqlite;
using McpWorkers.Engine.Workers.Doctor;
using McpWorkers.Engine.Workers.Homes;
using McpWorkers.Engine.Workers.Hosting;

namespace McpWorkers.Engine.Workers.Composition;

/// <summary>Puts an engine together: settings, the agents that we know, the launcher of processes.</summary>
public sealed class EngineFactory(EngineOptions options, TimeProvider time)
{
    private static readonly IReadOnlyList<string> InstalledSimulatedAgent = ["mcpworkers", "simulated-agent"];

    private readonly AgentCatalog _agents = AgentCatalog.Default();
    private LoadedSettings? _loaded;

    /// <summary>To be called once, first of all, by a host that is a program of its own: what its launcher leaked to it stays out of agents.</summary>
    /// <returns>Why this process cannot be a host, with the remedy; null where it can.</returns>
    public static string? PrepareHost()
    {
        HostProcess.Prepare();
        return HostProcess.FindFault();
    }

    /// <summary>The hidden subcommand by which this executable is the program around a run, where no shell can be that.</summary>
    public const string RunWrapperSubcommand = RunWrapper.Subcommand;

    public static Task<int> RunWrapperAsync(IReadOnlyList<string> arguments) => RunWrapper.RunAsync(arguments);

    /// <summary>The settings with the source of each value. Read once.</summary>
    /// <exception cref="RefusedException">The settings are wrong.</exception>
    public LoadedSettings Load() => _loaded ??= SettingsLoader.Load(SettingsSources.Usual(options.ConfigPath, _agents.Names));

    /// <exception cref="RefusedException">The settings are wrong.</exception>
    public WorkerManager CreateManager()
    {
        var settings = Settings();
        return new(settings, _agents, ContainerParts.Launcher(settings, time), ExecutableFinder.Find, time);
    }

    /// <summary>
    /// Opens a data directory as its one host: the store, its workers, and their runs, which are adopted or launched. Returns after the first
    /// walk over the run directories. End it with <see cref="WorkerManager.LeaveAsync"/>, which leaves the runs going.
    /// </summary>
    /// <param name="directory">Taken by the caller, who gives it back after the host has ended.</param>
    /// <exception cref="RefusedException">The settings are wrong, or the store cannot be opened.</exception>
    public async Task<WorkerManager> OpenAsync(DataDirectory directory, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(directory);
        var settings = Settings();
        var tokens = options.RunServerCommand is null ? null : RunSeals.Open(directory.RunSecretPath);
        IDataStore store;
        try
        {
            store = await SqliteStore.OpenAsync(directory.StorePath, time);
        }
        catch (StoreException e)
        {
            throw new RefusedException(RefusalCode.StoreUnavailable, e.Message);
        }

        var host = new WorkerHost(settings, _agents, ContainerParts.Launcher(settings, time), ExecutableFinder.Find, new DurableRunHome(directory), store, time);
        if (tokens is not null)
        {
            host.Voice.Open(tokens, new RunServer(options.RunServerCommand!, directory.Path));
        }

        return await WorkerManager.OpenAsync(host, cancellationToken);
    }

    /// <summary>
    /// Moves a damaged store aside and makes a new one out of the run directories. What was accepted and never launched is lost with the old one.
    /// </summary>
    /// <param name="directory">Taken by the caller: no daemon runs over it.</param>
    /// <exception cref="RefusedException">The new store cannot be written.</exception>
    public async Task<StoreRebuilt> RepairAsync(DataDirectory directory)
    {
        ArgumentNullException.ThrowIfNull(directory);
        try
        {
            return await StoreRebuild.RunAsync(directory, time);
        }
        catch (StoreException e)
        {
            throw new RefusedException(RefusalCode.StoreUnavailable, e.Message);
        }
    }

    /// <summary>The data directory in force; nothing is made.</summary>
    /// <exception cref="RefusedException">The settings are wrong.</exception>
    public DataDirectory DataDirectory() => Storage.DataDirectory.PathsOf(Settings().DataDirectory);

    /// <exception cref="RefusedException">The settings are wrong.</exception>
    public AgentDoctor CreateDoctor()
    {
        var settings = Settings();
        return new(
            _agents.All, settings, Find, CommandRunner.RunAsync,
            new(AgentEnvironment.OfThisProcess(), Environment.GetFolderPath(Environment.SpecialFolder.UserProfile))
            {
                FindEngines = cancellationToken => ContainerParts.FindAsync(settings, time, cancellationToken),
            });
    }

    /// <summary>The settings in force, the options of this host applied.</summary>
    private HostSettings Settings()
    {
        var settings = options.Settings ?? Load().Settings;
        return settings with
        {
            DataDirectory = options.DataDirectory is { } named ? Path.GetFullPath(named) : settings.DataDirectory,
            WorkerTypes = [.. settings.WorkerTypes.Select(WithSimulatedCommand)],
        };
    }

    /// <summary>The simulated agent is a program like the others, but only the host knows where: it is usually the host itself.</summary>
    private WorkerType WithSimulatedCommand(WorkerType type) =>
        type.Command.Count == 0 && _agents.Find(type.Agent) is { Capabilities.IsSimulated: true }
            ? type with { Command = options.SimulatedAgentCommand ?? InstalledSimulatedAgent }
            : type;

    private static string? Find(string name) => ExecutableFinder.Find(name);
}
