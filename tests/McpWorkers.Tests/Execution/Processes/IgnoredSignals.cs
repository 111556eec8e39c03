using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace McpWorkers.Tests.Execution.Processes;

/// <summary>Makes this process what a careless launcher makes of it: some signals ignored, as after <c>nohup</c> or <c>&amp;</c>.</summary>
internal sealed partial class IgnoredSignals : IDisposable
{
    // Those that no runtime needs; what happens to INT and QUIT happens to them.
    private static readonly int[] Signals = [10, 12, 21, 22, 25];

    private IgnoredSignals()
    {
    }

    public static IgnoredSignals Begin()
    {
        foreach (int signal in Signals)
        {
            Set(signal, 1);
        }

        return new();
    }

    public static SafeFileHandle Duplicate(int descriptor) => new(Dup(descriptor), ownsHandle: true);

    public void Dispose()
    {
        foreach (int signal in Signals)
        {
            Set(signal, 0);
        }
    }

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint Set(int signal, nint handler);

    [LibraryImport("libc", EntryPoint = "dup")]
    private static partial int Dup(int descriptor);
}
