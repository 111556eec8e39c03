using System.Globalization;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Execution.Limits;

/// <summary>What the kernel's files of a control group are called, and what stands in them, in both versions.</summary>
internal static class CgroupFiles
{
    private const int PeriodMicroseconds = 100_000;

    /// <summary>The kernel takes no quota below a millisecond.</summary>
    private const int QuotaMin = 1_000;

    /// <summary>Null for a limit that no control group keeps.</summary>
    public static string? ControllerOf(LimitKind kind) => kind switch
    {
        LimitKind.Memory => "memory",
        LimitKind.Cpu => "cpu",
        LimitKind.Processes => "pids",
        _ => null,
    };

    /// <summary>Puts a limit on a group.</summary>
    /// <exception cref="IOException">The kernel does not take it.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not.</exception>
    public static void Write(string group, bool isUnified, LimitKind kind, double value)
    {
        foreach (var (file, text, isNeeded) in Settings(isUnified, kind, value))
        {
            try
            {
                File.WriteAllText(Path.Combine(group, file), text);
            }
            catch (Exception e) when (!isNeeded && e is IOException or UnauthorizedAccessException)
            {
                // Kernels without the accounting of swap do not have the file.
            }
        }
    }

    /// <summary>Files and what is written into them, in this order.</summary>
    public static IReadOnlyList<(string File, string Text, bool IsNeeded)> Settings(bool isUnified, LimitKind kind, double value)
    {
        string whole = value.ToString("0", CultureInfo.InvariantCulture);
        string quota = Math.Max(QuotaMin, Math.Round(value * PeriodMicroseconds)).ToString("0", CultureInfo.InvariantCulture);
        string period = PeriodMicroseconds.ToString(CultureInfo.InvariantCulture);
        return (kind, isUnified) switch
        {
            // Without swap: a run that exceeds its memory should end, not make the whole machine slow.
            (LimitKind.Memory, true) => [("memory.max", whole, true), ("memory.swap.max", "0", false)],

            // Memory with swap can be no less than memory alone, so that one comes first; groups within ours count as ours.
            (LimitKind.Memory, false) => [("memory.use_hierarchy", "1", false), ("memory.limit_in_bytes", whole, true), ("memory.memsw.limit_in_bytes", whole, false)],
            (LimitKind.Cpu, true) => [("cpu.max", $"{quota} {period}", true)],
            (LimitKind.Cpu, false) => [("cpu.cfs_period_us", period, true), ("cpu.cfs_quota_us", quota, true)],
            (LimitKind.Processes, _) => [("pids.max", whole, true)],
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
        };
    }

    /// <summary>
    /// Whether something in the group died of the limit, or was not started for it. Not by whether the limit was touched: the kernel then takes
    /// back caches, and nobody notices.
    /// </summary>
    public static bool HasBeenReached(string group, bool isUnified, LimitKind kind) => kind switch
    {
        LimitKind.Memory => Count(group, isUnified ? "memory.events" : "memory.oom_control", "oom_kill") > 0,

        // A limit of none is no limit of the run's: the group is being killed, and what is refused now says nothing.
        LimitKind.Processes => Count(group, "pids.events", "max") > 0 && Text(group, "pids.max").Trim() != "0",
        _ => false,
    };

    /// <summary>Processor time that all in the group have used. Null where the kernel does not count it here.</summary>
    public static TimeSpan? CpuUsed(string group) =>
        File.Exists(Path.Combine(group, "cpu.stat")) && Count(group, "cpu.stat", "usage_usec") is > 0 and var microseconds ? TimeSpan.FromMicroseconds(microseconds)
        : Whole(group, "cpuacct.usage") is { } nanoseconds ? TimeSpan.FromMicroseconds(nanoseconds / 1000.0)
        : null;

    /// <summary>Memory that the group is charged with, in bytes, without files that were read or written and not used since. Null where the kernel does not count it here.</summary>
    public static long? MemoryUsed(string group) =>
        Whole(group, "memory.current") is { } current ? Math.Max(0, current - Count(group, "memory.stat", "inactive_file"))
        : Whole(group, "memory.usage_in_bytes") is { } usage ? Math.Max(0, usage - Count(group, "memory.stat", "total_inactive_file"))
        : null;

    /// <summary>Null where there is no such file: looked for first, since an exception for each run would be what costs.</summary>
    private static long? Whole(string group, string file) =>
        File.Exists(Path.Combine(group, file)) && long.TryParse(Text(group, file).Trim(), CultureInfo.InvariantCulture, out long whole) ? whole : null;

    private static long Count(string group, string file, string name)
    {
        string? line = Text(group, file).Split('\n').FirstOrDefault(line => line.StartsWith(name + " ", StringComparison.Ordinal));
        return line is not null && long.TryParse(line.AsSpan(name.Length), CultureInfo.InvariantCulture, out long count) ? count : 0;
    }

    private static string Text(string group, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(group, file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
