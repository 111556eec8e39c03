using McpWorkers.Engine.Execution.Containers.Api;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution.Limits;

/// <summary>
/// Whether an engine can make a container with these limits. Pure. Asked before the container is made: Docker refuses some of this with words of
/// its own at create, Podman at start or not at all.
/// </summary>
internal static class ContainerLimits
{
    /// <summary>Null where it can; else what is wrong, and the remedy.</summary>
    public static string? FindFault(ResourceLimits limits, EngineIdentity engine)
    {
        // Docker's own least memory is 6 MiB: ours is more.
        if (LimitCheck.FindFault(limits, engine.Processors) is { } fault)
        {
            return fault;
        }

        return limits.Set.Where(kind => !CanKeep(engine, kind)).Select(kind =>
            $"{engine.Kind} {engine.Version} cannot keep the limit '{LimitCheck.NameOf(kind)}' here{Said(engine)}. "
            + (engine.IsRootless ? "Delegate the controllers of cgroup v2 to the engine's user, use an engine run by the superuser" : "Use another engine")
            + ", or leave the limit out.").FirstOrDefault();
    }

    public static bool CanKeep(EngineIdentity engine, LimitKind kind) => kind switch
    {
        LimitKind.Memory => engine.MemoryLimit,
        LimitKind.Cpu => engine.CpuLimit,
        LimitKind.Processes => engine.ProcessLimit,

        // Watched by us.
        _ => true,
    };

    private static string Said(EngineIdentity engine) => engine.Warnings.Count == 0 ? "" : $" (it says: {string.Join("; ", engine.Warnings)})";
}
