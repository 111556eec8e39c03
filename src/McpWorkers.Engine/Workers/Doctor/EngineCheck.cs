using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers.Doctor;

/// <summary>Whether containers can be had here, and what the engine can do. Pure.</summary>
internal static class EngineCheck
{
    private const string Name = "containers";

    private const string NoneRemedy =
        "Install Docker or Podman and start it (for Podman: systemctl --user enable --now podman.socket), or name a running engine: DOCKER_HOST, or containers.engine in mcpworkers.yaml.";

    /// <summary>Null where there is an engine; else why not, with the remedy.</summary>
    public static string? WhyNone(IReadOnlyList<EngineSighting> sightings) => Used(sightings) is null ? $"{NoneMessage(sightings)} {NoneRemedy}" : null;

    public static DoctorCheck Of(IReadOnlyList<EngineSighting> sightings, HostSettings settings)
    {
        if (Used(sightings) is not { } used)
        {
            string[] needing = [.. settings.WorkerTypes.Where(type => type.Launcher == LauncherKind.Container).Select(type => type.Name)];
            string who = needing.Length > 0 ? $" Without one these worker types cannot run: {string.Join(", ", needing)}." : "";
            return new(Name, CheckStatus.Warning, NoneMessage(sightings) + who, NoneRemedy);
        }

        string by = used.NamedBy is { } name ? $", by {name}" : "";
        string message = $"{used.Engine} at {used.Address}{by}{(used.IsRootless ? ", rootless (not proved)" : "")}. "
            + (used.CannotKeep.Count == 0 ? "It keeps limits of memory, processor time and processes." : $"It cannot keep these limits: {string.Join(", ", used.CannotKeep)}.")
            + string.Concat(used.Warnings.Select(warning => $" It says: {warning.TrimEnd('.')}."));
        string? remedy = used.CannotKeep.Count == 0 ? null
            : used.IsRootless ? "Delegate the controllers of cgroup v2 to the engine's user, or use an engine that the superuser runs."
            : "Use an engine that can, or leave these limits out.";
        return new(Name, remedy is null && !used.IsRootless ? CheckStatus.Ok : CheckStatus.Warning, message, remedy);
    }

    private static EngineSighting? Used(IReadOnlyList<EngineSighting> sightings) =>
        sightings.FirstOrDefault(sighting => sighting is { Engine: not null, Fault: null });

    /// <summary>An address that somebody named is the one that counts; the usual ones are many, and mostly not there.</summary>
    private static string NoneMessage(IReadOnlyList<EngineSighting> sightings)
    {
        var told = sightings.Where(sighting => sighting is { Fault: not null, IsAbsent: false }).ToList();
        return told.Count == 0
            ? "No container engine was found."
            : "No container engine can be used: " + string.Join(" ", told.Select(
                sighting => $"{sighting.Address}{(sighting.NamedBy is { } name ? $" ({name})" : "")}: {sighting.Fault!.TrimEnd('.')}."));
    }
}
