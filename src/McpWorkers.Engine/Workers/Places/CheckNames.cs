using System.Globalization;

namespace McpWorkers.Engine.Workers.Places;

/// <summary>The names of what runs beside a run, by which its processes are known: a set-up before it, checks after it.</summary>
internal static class CheckNames
{
    private const string SetupSuffix = "-setup";
    private const string VerifySuffix = "-verify-";

    public static string Setup(string runId) => runId + SetupSuffix;

    /// <param name="number">From 1.</param>
    public static string Verify(string runId, int number) => runId + VerifySuffix + number.ToString(CultureInfo.InvariantCulture);

    /// <summary>The run that must live for this to live on. A set-up lives for itself alone: it is begun anew with its run.</summary>
    public static string RunOf(string name) =>
        name.IndexOf(VerifySuffix, StringComparison.Ordinal) is > 0 and var end ? name[..end] : name;
}
