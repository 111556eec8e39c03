using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers.Hosting;
using Xunit;

namespace McpWorkers.Tests.Workers.Hosting;

public sealed class RestoreOrderTests
{
    [Theory]
    [InlineData("a b c", "a b c")]
    [InlineData("a b a2<a", "a a2 b")]
    [InlineData("b a2<a", "a2 b")]
    [InlineData("a b a2<a a3<a2 c", "a a2 a3 b c")]
    [InlineData("b a3<a2", "a3 b")]
    [InlineData("a other:x b other:y a2<a other:x2<x", "a other:x a2 other:x2 b other:y")]
    [InlineData("a<b b<a", "a b")]
    public void What_goes_on_stands_right_behind_the_run_before_it(string accepted, string restored) =>
        Assert.Equal(restored, string.Join(' ', RestoreOrder.Of([.. accepted.Split(' ').Select(Run)]).Select(run => run.WorkerId == "w" ? run.RunId : $"{run.WorkerId}:{run.RunId}")));

    private static StoredRun Run(string text)
    {
        string[] parts = text.Split(':');
        string[] link = parts[^1].Split('<');
        return new()
        {
            RunId = link[0], WorkerId = parts.Length > 1 ? parts[0] : "w", Continues = link.ElementAtOrDefault(1), Timeout = TimeSpan.Zero, Accepted = DateTimeOffset.UnixEpoch,
        };
    }
}
