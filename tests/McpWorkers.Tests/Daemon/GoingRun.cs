using McpWorkers.Tests.Product;

namespace McpWorkers.Tests.Daemon;

/// <summary>A run of the simulated agent that a relay has asked for, and that goes on under the daemon of a home of its own.</summary>
internal sealed class GoingRun : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private GoingRun()
    {
        Relay = new RelayProcess(Home);
    }

    public ProductHome Home { get; } = new();

    public RelayProcess Relay { get; }

    public string Worker { get; private set; } = "";

    /// <summary>Returns when the run has its directory; its call is not answered yet.</summary>
    public static async Task<GoingRun> BeginAsync(string prompt)
    {
        var run = new GoingRun();
        try
        {
            await run.Relay.OpenAsync();
            run.Worker = await run.Relay.SpawnAsync();
            await run.Relay.BeginCallAsync("worker_execute", new() { ["worker_id"] = run.Worker, ["prompt"] = prompt });
            await LiveProcesses.UntilAsync(() => run.Home.RunDirectories().Count == 1, Limit, "the run goes on");
            return run;
        }
        catch
        {
            run.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Relay.Dispose();
        Home.Dispose();
    }
}
