using McpWorkers.Engine.Execution.Processes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution.Limits;

/// <summary>How each kind of limit is kept here, told before anything is launched.</summary>
public static class LimitHolds
{
    private static readonly ResourceLimits s_trial = new() { MemoryBytes = 64 * 1024 * 1024, Cpus = 0.5, Processes = 64 };

    private static readonly Lazy<IReadOnlyList<LimitKind>> s_kernel = new(Try);

    /// <summary>For processes of this machine. The first call tries it out, which takes a few milliseconds.</summary>
    public static IReadOnlyList<HeldLimit> OfProcesses(ResourceLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        return Of(limits, kind => OfProcess(kind, s_kernel.Value));
    }

    /// <summary>For containers of an engine that can keep limits, as Docker and Podman run by the superuser can; with another the launch is refused.</summary>
    public static IReadOnlyList<HeldLimit> OfContainers(ResourceLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        return Of(limits, OfContainer);
    }

    /// <summary>How a launch with these cgroups keeps its limits.</summary>
    internal static IReadOnlyList<HeldLimit> OfLaunch(ResourceLimits limits, IEnumerable<LimitKind> kernel) => Of(limits, kind => OfProcess(kind, kernel));

    /// <summary>Null where processes of this machine can be launched with these limits; else what is wrong, and the remedy.</summary>
    public static string? FindFault(ResourceLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        return LimitCheck.FindFault(limits, Environment.ProcessorCount) ?? FindUnavailable(OfProcesses(limits));
    }

    /// <summary>The first limit that cannot be kept, with the remedy: a limit is never left out without a word.</summary>
    internal static string? FindUnavailable(IEnumerable<HeldLimit> limits) => limits.FirstOrDefault(limit => limit.Hold == LimitHold.Unavailable)?.Kind switch
    {
        null => null,
        LimitKind.Cpu => """
            A limit on processor time (limits: cpus) needs a control group with the controller 'cpu', and this host may make none. Start it where control groups are delegated to it, such as with 'systemd-run --user --scope -p Delegate=yes mcpworkers daemon run' or as the superuser, use a container (launcher: container), or leave the limit out.
            """,
        var kind => $"A limit of the kind '{LimitCheck.NameOf(kind.Value)}' cannot be kept for processes of this system. Use a container (launcher: container), or leave the limit out.",
    };

    private static IReadOnlyList<HeldLimit> Of(ResourceLimits limits, Func<LimitKind, LimitHold> hold) => limits == ResourceLimits.None
        ? []
        : [.. limits.Set.Select(kind => new HeldLimit(kind, limits.ValueOf(kind)!.Value, hold(kind)))];

    private static LimitHold OfProcess(LimitKind kind, IEnumerable<LimitKind> kernel) => kind switch
    {
        _ when kernel.Contains(kind) => LimitHold.Enforced,
        LimitKind.Disk => LimitHold.Watched,

        // Slowing a process down is the kernel's alone.
        LimitKind.Cpu => LimitHold.Unavailable,
        _ => OperatingSystem.IsWindows() ? LimitHold.Unavailable : LimitHold.Watched,
    };

    private static LimitHold OfContainer(LimitKind kind) => kind == LimitKind.Disk ? LimitHold.Watched : LimitHold.Enforced;

    private static IReadOnlyList<LimitKind> Try()
    {
        var made = RunCgroup.TryMake("trial", $"{Guid.NewGuid():N}", s_trial);
        made?.Remove();
        return [.. made?.Limits.Keys ?? []];
    }
}
