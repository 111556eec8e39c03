using System.Text.Json;
using Xunit;

namespace McpWorkers.Tests.Execution.Processes;

public sealed class LongLineTests : RunScene
{
    private const int Limit = 30_000;

    [Theory(Timeout = Limit)]
    [InlineData("", "")]
    [InlineData("{\"text\":\"", "\",\"type\":\"result\"}")]
    public async Task Line_of_200_megabytes_is_read_in_little_memory_and_those_behind_it_follow(string before, string after)
    {
        using var sampling = new CancellationTokenSource();
        var peak = PeakAsync(sampling.Token);
        var lines = new LineCollector();
        var end = await RunAsync(Script("printf %s \"$1\"; head -c 200000000 /dev/zero | tr '\\0' x; echo \"$2\"; echo '{\"ok\":1}'", arguments: [before, after]), lines);
        await sampling.CancelAsync();

        ExitedWith(0, end);
        Assert.Equal(2, end.Output.Lines);
        Assert.Equal(1, end.Output.ShortenedLines);
        Assert.InRange(lines.LongestRead, 4000, 5000);
        Assert.Equal("{\"ok\":1}", lines.Lines[1]);
        if (before.Length > 0)
        {
            Assert.Equal("result", JsonDocument.Parse(lines.Lines[0]).RootElement.GetProperty("type").GetString());
        }

        Assert.InRange(await peak, 0, 120_000_000);
    }

    /// <summary>By how much the managed memory, with what waits for collection, grew at most.</summary>
    private static async Task<long> PeakAsync(CancellationToken cancellationToken)
    {
        long begun = GC.GetTotalMemory(forceFullCollection: true);
        long peak = begun;
        while (!cancellationToken.IsCancellationRequested)
        {
            peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: false));
            await Task.Delay(5, CancellationToken.None);
        }

        return peak - begun;
    }
}
