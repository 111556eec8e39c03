using System.Diagnostics;
using Xunit;

namespace McpWorkers.Tests.Storage.Sqlite;

public sealed class BundledLibraryTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    /// <summary>A process has one library: these tests run again in a process of their own.</summary>
    [Fact(Timeout = 130_000)]
    public async Task The_store_does_the_same_on_the_bundled_library()
    {
        Assert.SkipWhen(BundledLibrary.IsAsked, "This is that process.");
        string[] classes = [nameof(SqliteStoreTests), nameof(DamagedStoreTests), nameof(StoreRepairTests), nameof(MigrationTests)];
        var start = new ProcessStartInfo(
            Environment.ProcessPath!, ["-noColor", "-noLogo", .. classes.SelectMany(name => new[] { "-class", $"{typeof(BundledLibraryTests).Namespace}.{name}" })])
        {
            RedirectStandardOutput = true,
        };
        start.Environment[BundledLibrary.Variable] = "1";
        using var process = Process.Start(start)!;
        try
        {
            string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(Limit);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Limit);
            Assert.True(process.ExitCode == 0, output);
        }
        finally
        {
            process.Kill();
        }
    }
}
