using System.Globalization;
using System.Text.Json.Nodes;
using Xunit;

namespace McpWorkers.Tests.Product;

/// <summary>Many workers at once, through the built product over MCP.</summary>
public sealed class LoadTests
{
    private const int Workers = 50;
    private const int AtOnce = 10;
    private const int TestLimit = 240_000;

    [Fact(Timeout = TestLimit)]
    public async Task Fifty_workers_give_fifty_right_results_and_never_more_than_ten_run_at_once()
    {
        LiveProcesses.NeedsProc();
        using var home = new ProductHome();
        home.WriteHostSettings(new() { ["max_concurrent_workers"] = AtOnce });
        await using var mcp = await ProductMcp.StartAsync(home);
        var ids = new List<string>();
        for (int i = 0; i < Workers; i++)
        {
            ids.Add(await SpawnInFolderAsync(mcp, home, i));
        }

        var results = await mcp.BatchAsync(ids, [.. ids.Select(_ => "Summarise this folder")], timeoutSeconds: 120);

        Assert.Equal(ids, results.Select(result => result["worker_id"]!.GetValue<string>()));
        Assert.Multiple([.. results.Select((result, i) => (Action)(() =>
        {
            Assert.True(result.Status() == "completed", result.Shown());
            Assert.Contains(Note(i), result.Output());
        }))]);

        var runs = results.Select(result => result.Metadata()["run_directory"]!.GetValue<string>()).ToList();
        Assert.Equal(Workers, runs.Distinct().Count());
        int most = MostAtOnce(runs);
        Assert.InRange(most, 2, AtOnce);
        Assert.Equal([mcp.HostProcess()], LiveProcesses.Under(home.Root));
        await Console.Out.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture, $"{Workers} simulated workers, at most {most} at once; the host's peak memory: {mcp.HostPeakMemoryMegabytes():0} MB"));
    }

    private static async Task<string> SpawnInFolderAsync(ProductMcp mcp, ProductHome home, int number)
    {
        string folder = Directory.CreateDirectory(Path.Combine(home.Work, $"folder-{number}")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "note.txt"), Note(number) + "\n", TestContext.Current.CancellationToken);
        var ids = await mcp.CallAsync("worker_spawn", ("worker_type", "simulated"), ("count", 1), ("working_directory", folder));
        return Assert.Single((JsonArray)ids)!.GetValue<string>();
    }

    private static string Note(int number) => $"The note of worker {number} of {Workers}.";

    /// <summary>From the run directories alone: a run begins when its wrapper writes <c>pid</c>, and ends when it writes <c>exit</c>.</summary>
    private static int MostAtOnce(IEnumerable<string> runDirectories)
    {
        var changes = runDirectories
            .SelectMany(run => new[] { (At: Written(run, "pid"), Change: 1), (At: Written(run, "exit"), Change: -1) })
            .OrderBy(change => change.At).ThenBy(change => change.Change);
        int now = 0;
        return changes.Select(change => now += change.Change).Max();
    }

    private static DateTime Written(string run, string file) => File.GetLastWriteTimeUtc(Path.Combine(run, file));
}
