using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Xunit;

namespace McpWorkers.Tests.Product;

/// <summary>The daemon of a test's home, which its commands start by themselves.</summary>
internal static partial class ProductDaemon
{
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(30);

    /// <summary>Null where none has said that it is there.</summary>
    public static int? Pid(ProductHome home)
    {
        try
        {
            return (int?)JsonNode.Parse(File.ReadAllText(Path.Combine(home.Data, "daemon.json")))?["pid"];
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>The processes that are daemons of this home.</summary>
    public static IReadOnlyList<string> All(ProductHome home) => LiveProcesses.DaemonsUnder(home.Root);

    /// <summary>What a crash does.</summary>
    public static void Kill(ProductHome home) => Assert.Equal(0, Signal(Pid(home)!.Value, 9));

    public static int Signal(int pid, int signal) => SendSignal(pid, signal);

    /// <summary>Ends it with its runs, for a test that is over.</summary>
    public static void End(ProductHome home)
    {
        if (Pid(home) is not { } pid)
        {
            return;
        }

        var start = new ProcessStartInfo(ProductPaths.Executable, ["daemon", "stop", "--force"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Clear();
        foreach (var (name, value) in home.Environment)
        {
            start.Environment[name] = value;
        }

        using var stop = Process.Start(start)!;
        if (!stop.WaitForExit(EndLimit))
        {
            stop.Kill();
        }

        // One that hangs, as tests may make it: ours for certain, since no other home has this directory.
        if (LiveProcesses.Under(home.Root).Any(process => process.StartsWith($"{pid} ", StringComparison.Ordinal)))
        {
            _ = SendSignal(pid, 9);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int pid, int signal);
}
