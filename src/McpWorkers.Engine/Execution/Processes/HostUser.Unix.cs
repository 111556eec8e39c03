using System.Runtime.InteropServices;

namespace McpWorkers.Engine.Execution.Processes;

/// <summary>Who this host runs as.</summary>
internal static partial class HostUser
{
    /// <summary>0 where the system has no such numbers.</summary>
    public static uint Id { get; } = OperatingSystem.IsWindows() ? 0 : EffectiveUser();

    public static uint Group { get; } = OperatingSystem.IsWindows() ? 0 : EffectiveGroup();

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "getegid")]
    private static partial uint EffectiveGroup();
}
