using System.Globalization;
using McpWorkers.Engine.Execution.Observing;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution.Limits;

/// <summary>Whether limits are such that a command could run under them. Pure.</summary>
internal static class LimitCheck
{
    public const long MemoryMin = 16 * 1024 * 1024;
    public const double CpusMin = 0.01;
    public const int ProcessesMin = 4;
    public const long DiskMin = 1024 * 1024;

    /// <summary>As in the settings.</summary>
    public static string NameOf(LimitKind kind) => kind switch
    {
        LimitKind.Memory => "memory",
        LimitKind.Cpu => "cpus",
        LimitKind.Processes => "processes",
        LimitKind.Disk => "disk",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    /// <summary>Null where nothing is wrong; else the first fault, with the remedy.</summary>
    /// <param name="processors">As many as there are.</param>
    public static string? FindFault(ResourceLimits limits, int processors) =>
        TooLittle(LimitKind.Memory, limits, MemoryMin, "no program runs in less")
        ?? TooLittle(LimitKind.Cpu, limits, CpusMin, "the kernel does not divide finer")
        ?? (limits.Cpus > processors
            ? $"The limit of {Text(LimitKind.Cpu, limits.Cpus.Value)} processors (limits: cpus) is more than the {processors} that there are. Say at most {processors}, or leave it out."
            : null)
        ?? TooLittle(LimitKind.Processes, limits, ProcessesMin, "a shell and what it starts already need that many")
        ?? TooLittle(LimitKind.Disk, limits, DiskMin, "the files of a run alone take that");

    private static string? TooLittle(LimitKind kind, ResourceLimits limits, double min, string why) => limits.ValueOf(kind) is { } value && !(value >= min)
        ? $"The limit of {Text(kind, value)} (limits: {NameOf(kind)}) is too small: {why}. Say at least {Text(kind, min)}, or leave it out."
        : null;

    private static string Text(LimitKind kind, double value) =>
        double.IsFinite(value) ? LimitText.Amount(kind, value) : value.ToString(CultureInfo.InvariantCulture);
}
