using McpWorkers.Engine.Execution.Processes;
using Xunit;

namespace McpWorkers.Tests.Product;

public sealed class DescriptorLimitTests
{
    [Theory(Timeout = 60_000)]
    [InlineData(64, false)]
    [InlineData(256, true)]
    public async Task Too_few_open_files_are_said_before_anything_fails_for_want_of_them(int limit, bool runs)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no such limit.");
        using var home = new ProductHome();

        var end = await CommandRunner.RunAsync(
            "/bin/sh",
            ["-c", $"ulimit -n {limit}; HOME='{home.Home}' exec '{ProductPaths.Executable}' workers execute -t simulated -n 5 -p '[[text:x]]' --data-dir '{home.Data}'"],
            TimeSpan.FromSeconds(40),
            TestContext.Current.CancellationToken);

        Assert.Equal(runs ? 0 : 2, end.ExitCode);
        Assert.Equal(!runs, end.Stderr.Contains("ulimit -n", StringComparison.Ordinal));
    }
}
