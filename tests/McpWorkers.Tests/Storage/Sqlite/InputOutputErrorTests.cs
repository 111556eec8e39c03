using McpWorkers.Engine.Execution.Processes;
using Xunit;

namespace McpWorkers.Tests.Storage.Sqlite;

/// <summary>A disk that fails at some moment: strace makes the N-th call of each thread fail.</summary>
public sealed class InputOutputErrorTests
{
    private const int Runs = 40;

    [Theory(Timeout = 120_000)]
    [InlineData("fdatasync", "1")]
    [InlineData("fdatasync", "2")]
    [InlineData("fdatasync", "7")]
    [InlineData("fdatasync", "20+3")]
    [InlineData("pwrite64", "1")]
    [InlineData("pwrite64", "5")]
    [InlineData("pwrite64", "30")]
    [InlineData("pwrite64", "60")]
    [InlineData("pwrite64", "61+7")]
    public async Task A_failed_call_neither_corrupts_nor_acknowledges(string call, string which)
    {
        string? strace = ExecutableFinder.Find("strace");
        Assert.SkipWhen(strace is null, "There is no program 'strace' here.");
        using var folder = new StoreFolder();
        var probe = await CommandRunner.RunAsync(
            strace, ["-f", "-o", Path.Combine(folder.Root, "trace"), "-e", "inject=fdatasync:error=EIO:when=1", "true"], TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.SkipWhen(probe.ExitCode != 0, $"strace may not trace here: {probe.Stderr.Trim()}");

        using var writer = StoreWriter.Start(
            folder.Database, "w", writers: 1, Runs,
            strace, "-f", "-qq", "-o", Path.Combine(folder.Root, "trace"), "-e", $"trace={call}", "-e", $"inject={call}:error=EIO:when={which}");
        await writer.EndAsync();
        Assert.Matches("^(open|closed Io)$", writer.Lines[0]);

        await using var store = await folder.OpenAsync();
        var unsettled = (await store.Workers.LoadAsync(TestContext.Current.CancellationToken)).Unsettled.Select(run => run.RunId).ToHashSet();
        var settled = (await store.Workers.SettledRunsAsync(TestContext.Current.CancellationToken)).Select(run => run.RunId).ToHashSet();
        Assert.Equal(writer.Said("settled").Order(), settled.Order());
        Assert.Equal(writer.Said("accepted").Order(), unsettled.Concat(settled).Order());
        Assert.All(writer.Said("refused"), what => Assert.Contains(what, (string[])["accepted", "settled", "worker"]));
    }
}
