using Xunit;

namespace McpWorkers.Tests.Cli;

/// <summary>Waits, with a bound, for what another thread will have done.</summary>
internal static class Until
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);

    public static Task TrueAsync(Func<bool> condition) => TrueAsync(() => Task.FromResult(condition()));

    public static async Task TrueAsync(Func<Task<bool>> condition)
    {
        long begun = TimeProvider.System.GetTimestamp();
        using var timer = new PeriodicTimer(Look);
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < Limit, "It did not come to pass in time.");
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }
}
