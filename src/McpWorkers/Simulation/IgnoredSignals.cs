using System.Runtime.InteropServices;

namespace McpWorkers.Simulation;

/// <summary>Which signals this process was told to ignore. Belongs to the process, as signals do.</summary>
internal static class IgnoredSignals
{
    private static PosixSignalRegistration? terminate;

    public static bool Interrupt { get; private set; }

    public static void IgnoreInterrupt() => Interrupt = true;

    /// <summary>Until the process ends.</summary>
    public static void IgnoreTerminate() =>
        terminate ??= PosixSignalRegistration.Create(PosixSignal.SIGTERM, static context => context.Cancel = true);
}
