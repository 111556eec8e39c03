using System.Text;
using Xunit;

namespace McpWorkers.Tests.Product;

/// <summary>Processes of this machine, found by what stands in their environment or command line. Linux alone can tell: elsewhere there are none.</summary>
internal static class LiveProcesses
{
    /// <summary>For tests that wait for a process to be there.</summary>
    public static void NeedsProc() =>
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only /proc tells what stands in another process's command line and environment.");

    /// <summary>Those that carry the marker of this run.</summary>
    public static IReadOnlyList<string> OfRun(string runId) => [.. WithVariable("MCPWORKERS_RUN").Where(p => p.Value.EndsWith("/" + runId, StringComparison.Ordinal)).Select(p => p.Process)];

    /// <summary>Those that have any variable with this value in them, daemons excepted: a path that one test alone uses finds all that it started.</summary>
    public static IReadOnlyList<string> Under(string directory) => [.. WithPath(directory).Where(process => !IsDaemon(process))];

    /// <summary>The daemons among them, which stay when their work is done.</summary>
    public static IReadOnlyList<string> DaemonsUnder(string directory) => [.. WithPath(directory).Where(IsDaemon)];

    public static IReadOnlyList<string> WithCommand(string words) =>
        [.. All().Where(pid => Read(pid, "cmdline").Replace('\0', ' ').Contains(words, StringComparison.Ordinal)).Select(Describe)];

    /// <summary>A bounded wait for a condition on the machine.</summary>
    public static async Task UntilAsync(Func<bool> condition, TimeSpan limit, string what)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < limit, $"Within {limit.TotalSeconds:0} s it did not come to this: {what}");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    private static IEnumerable<(string Value, string Process)> WithVariable(string name)
    {
        foreach (int pid in All())
        {
            string? variable = Read(pid, "environ").Split('\0').FirstOrDefault(v => v.StartsWith(name + "=", StringComparison.Ordinal));
            if (variable is not null)
            {
                yield return (variable[(name.Length + 1)..], Describe(pid));
            }
        }
    }

    private static IEnumerable<int> All() => !OperatingSystem.IsLinux()
        ? []
        : Directory.EnumerateDirectories("/proc")
            .Select(path => int.TryParse(Path.GetFileName(path), out int pid) ? pid : 0)
            .Where(pid => pid > 0);

    private static IEnumerable<string> WithPath(string directory) =>
        All().Where(pid => Read(pid, "environ").Contains(directory, StringComparison.Ordinal)).Select(Describe);

    private static bool IsDaemon(string process) => process.Contains(" daemon run ", StringComparison.Ordinal);

    private static string Describe(int pid) => $"{pid} {Read(pid, "cmdline").Replace('\0', ' ').Trim()}";

    /// <summary>Empty for a process that is gone, is a zombie, or is another user's.</summary>
    private static string Read(int pid, string file)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{pid}/{file}"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
