using McpWorkers.Tests;
using Xunit.Sdk;
using Xunit.v3;

[assembly: Xunit.TestCollectionOrderer(typeof(LongestFirst))]

namespace McpWorkers.Tests;

/// <summary>
/// What takes minutes begins first, so that it does not run on alone when all the rest is done. Tests of one collection run one after the other.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    /// <summary>Parts of the collections' names, the longest first.</summary>
    private static readonly string[] Long =
    [
        "real agents", "SimulatedFaultTests", "WorkspaceVerbTests", "LauncherContractTests", "ContainerLauncherTests", "ContainerCrashTests", "RealAgents.", "Execution.Containers.", "Product.", "Crash.", "Daemon.", "Mcp.Foreign", "browser", "Telemetry.Otlp", "Workspaces.",
    ];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(collection => RankOf(collection.TestCollectionDisplayName)).ThenBy(collection => collection.TestCollectionDisplayName, StringComparer.Ordinal)];

    private static int RankOf(string name)
    {
        int rank = Array.FindIndex(Long, part => name.Contains(part, StringComparison.Ordinal));
        return rank < 0 ? Long.Length : rank;
    }
}
