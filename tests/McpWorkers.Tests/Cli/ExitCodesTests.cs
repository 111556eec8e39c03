using McpWorkers.Cli;
using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Cli;

public sealed class ExitCodesTests
{
    [Theory]
    [InlineData(0, false, WorkerStatus.Completed, WorkerStatus.Completed)]
    [InlineData(1, false, WorkerStatus.Completed, WorkerStatus.Failed)]
    [InlineData(1, false, WorkerStatus.Cancelled)]
    [InlineData(1, false, WorkerStatus.Timeout, WorkerStatus.Failed)]
    [InlineData(1, false, WorkerStatus.Timeout, WorkerStatus.Cancelled)]
    [InlineData(1, false, WorkerStatus.Running)]
    [InlineData(124, false, WorkerStatus.Timeout)]
    [InlineData(124, false, WorkerStatus.Completed, WorkerStatus.Timeout)]
    [InlineData(130, true, WorkerStatus.Cancelled)]
    [InlineData(130, true, WorkerStatus.Completed, WorkerStatus.Cancelled, WorkerStatus.Failed, WorkerStatus.Timeout)]
    public void Interrupted_wins_over_failed_wins_over_timed_out(int code, bool interrupted, params WorkerStatus[] statuses) =>
        Assert.Equal(code, ExitCodes.Of(statuses, interrupted));
}
