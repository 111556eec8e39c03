using McpWorkers.Engine.Execution.Containers.Api;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution.Containers;

/// <summary>What is looked at before an engine is asked for a container: engines let some of it pass, and make of it what nobody wants.</summary>
internal static class ContainerChecks
{
    /// <summary>Below this Docker refuses, and Podman fails at the start.</summary>
    private const long MemoryMin = 6 * 1024 * 1024;

    /// <exception cref="LaunchException">It cannot be had like this; the message says what can be done.</exception>
    public static void Check(CommandLaunch launch, ContainerPlace place, EngineIdentity engine)
    {
        foreach (var mount in place.Mounts)
        {
            // By its older way of binding an engine would make what is missing, as the superuser.
            if (!Path.Exists(mount.Source))
            {
                throw new LaunchException($"'{mount.Source}' does not exist, so it cannot be mounted in the container.");
            }

            if (!Path.IsPathRooted(mount.Source) || !mount.Target.StartsWith('/'))
            {
                throw new LaunchException($"The mount of '{mount.Source}' at '{mount.Target}' needs absolute paths on both sides.");
            }
        }

        if (launch.Input is LaunchInput.Channel && place.IsKept)
        {
            throw new LaunchException("A command with growing input runs in a container of its own only.");
        }

        Check(launch.Limits, engine);
    }

    /// <summary>How each limit is kept by the engine.</summary>
    public static IReadOnlyList<HeldLimit> Holds(ResourceLimits limits)
    {
        var held = new List<HeldLimit>();
        Add(LimitKind.Memory, limits.MemoryBytes, LimitHold.Enforced);
        Add(LimitKind.Cpu, limits.Cpus, LimitHold.Enforced);
        Add(LimitKind.Processes, limits.Processes, LimitHold.Enforced);
        Add(LimitKind.Disk, limits.DiskBytes, LimitHold.Watched);
        return held;

        void Add(LimitKind kind, double? value, LimitHold hold)
        {
            if (value is { } known)
            {
                held.Add(new(kind, known, hold));
            }
        }
    }

    private static void Check(ResourceLimits limits, EngineIdentity engine)
    {
        if (limits.MemoryBytes is { } memory && memory < MemoryMin)
        {
            throw new LaunchException($"A memory limit of {memory} bytes is too small for a container: the least is {MemoryMin} bytes (6 MiB).");
        }

        if (limits.Cpus is { } cpus && cpus > engine.Processors)
        {
            throw new LaunchException($"A limit of {FormattableString.Invariant($"{cpus}")} processors is more than the engine has ({engine.Processors}).");
        }

        Need(limits.MemoryBytes is not null, engine.MemoryLimit, "memory");
        Need(limits.Cpus is not null, engine.CpuLimit, "processors' time");
        Need(limits.Processes is not null, engine.ProcessLimit, "processes");

        static void Need(bool isSet, bool can, string what)
        {
            if (isSet && !can)
            {
                throw new LaunchException($"The engine cannot limit {what} here; leave the limit out, or give the engine its cgroup controllers.");
            }
        }
    }
}
