using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers.Doctor;

/// <summary>Looks at what this machine can run: agents, their versions, flags and logins, and what the host itself needs.</summary>
/// <param name="adapters">All agents that are known.</param>
/// <param name="find">The absolute path of a program by its name or path; null where there is none.</param>
/// <param name="run">Runs a program (path, arguments, time-out) to its end; throws only when cancelled.</param>
public sealed class AgentDoctor(
    IEnumerable<IAgentAdapter> adapters,
    HostSettings settings,
    Func<string, string?> find,
    Func<string, IReadOnlyList<string>, TimeSpan, CancellationToken, Task<CommandOutput>> run,
    DoctorSurroundings surroundings)
{
    private readonly IReadOnlyList<IAgentAdapter> _adapters = [.. adapters];

    public async Task<DoctorReport> ExamineAsync(CancellationToken cancellationToken = default)
    {
        var probing = new AgentProbing(find, run, surroundings);
        // Each takes seconds, most of them waiting for its own start: side by side.
        var agents = await Task.WhenAll(_adapters.SelectMany(adapter => Programs(adapter).Select(
            program => probing.LookAtAsync(adapter, program, TypesOf(adapter), cancellationToken))));
        var engines = await surroundings.FindEngines(cancellationToken);
        TypeReport[] types = [.. settings.WorkerTypes.Select(type => Report(type, EngineCheck.WhyNone(engines)))];
        string? resolved = settings.DefaultType != "auto"
            ? settings.DefaultType
            : settings.AutoTypes.FirstOrDefault(name => types.Any(t => t.Name == name && t.Missing is null));
        return new()
        {
            DefaultType = settings.DefaultType,
            ResolvedDefaultType = resolved,
            Checks =
            [
                DefaultTypeCheck(resolved, types),
                .. HostChecks.All(settings, find, await StoreCheck.RunAsync(settings.DataDirectory, TimeProvider.System)),
                EngineCheck.Of(engines, settings),
            ],
            Agents = agents,
            Types = types,
        };
    }

    /// <summary>Those whose program is on this machine: what an image holds, its engine alone could tell.</summary>
    private IEnumerable<WorkerType> TypesOf(IAgentAdapter adapter) =>
        settings.WorkerTypes.Where(t => t.Agent == adapter.Name && t.Launcher == LauncherKind.Process);

    /// <summary>The adapter's own program, also where no type asks for it, and those that its types name instead.</summary>
    private IEnumerable<string> Programs(IAgentAdapter adapter) =>
        TypesOf(adapter).Select(t => ProgramOf(t, adapter)).Prepend(adapter.Probe.Executable).Where(p => p.Length > 0).Distinct();

    private static string ProgramOf(WorkerType type, IAgentAdapter adapter) =>
        type.Command is [var program, ..] ? program : adapter.Probe.Executable;

    /// <param name="whyNoEngine">Null where containers can be had.</param>
    private TypeReport Report(WorkerType type, string? whyNoEngine)
    {
        var adapter = _adapters.FirstOrDefault(a => a.Name == type.Agent);
        string? missing = null;
        if (adapter is null)
        {
            missing = $"Workers of the kind '{type.Agent}' cannot be spawned by this version.";
        }
        else if (type.Launcher == LauncherKind.Container)
        {
            missing = whyNoEngine;
        }
        else if (ProgramOf(type, adapter) is { Length: > 0 } program && find(program) is null)
        {
            string remedy = program == adapter.Probe.Executable && adapter.Probe.Install.Length > 0
                ? $"Install it: {adapter.Probe.Install}"
                : "Put it on PATH, or name its path in command_template.";
            missing = $"The program '{program}' was not found. {remedy}";
        }

        return new(type.Name, type.Agent, missing);
    }

    private DoctorCheck DefaultTypeCheck(string? resolved, IReadOnlyList<TypeReport> types)
    {
        const string Name = "default worker type";
        if (!settings.WorkersEnabled)
        {
            return new(Name, CheckStatus.Failed, "workers_enabled is false: nothing can be spawned.", "Set workers_enabled: true in mcpworkers.yaml.");
        }

        if (resolved is null)
        {
            return new(
                Name, CheckStatus.Failed,
                $"worker_default_type is auto, and none of {string.Join(", ", settings.AutoTypes)} is installed.",
                "Install one of them, or set worker_default_type; the type 'simulated' needs no installation.");
        }

        string how = settings.DefaultType == "auto" ? $"{resolved} (the first of worker_auto_types that is installed)" : resolved;
        return types.FirstOrDefault(t => t.Name == resolved) is not { } type
            ? new(Name, CheckStatus.Failed, $"{resolved} is no worker type of ecosystem.yaml.", "Correct worker_default_type.")
            : type.Missing is { } missing
                ? new(Name, CheckStatus.Failed, $"{resolved} cannot run.", missing)
                : new(Name, CheckStatus.Ok, $"{how} can run.");
    }
}
