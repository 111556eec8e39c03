using System.Globalization;
using McpWorkers.Engine.Model;
using McpWorkers.Mcp.Client;

namespace McpWorkers.Cli.Execute;

/// <summary>What the workers of a command are doing, as it was at the last look.</summary>
/// <param name="workerIds">In the order to show them.</param>
internal sealed class WorkerWatch(WorkerClient client, IReadOnlyList<string> workerIds, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private volatile IReadOnlyList<WorkerState> _latest = [];

    public IReadOnlyList<WorkerState> Latest => _latest;

    /// <summary>Looks at once.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        var states = (await client.StatesAsync(cancellationToken)).ToDictionary(state => state.WorkerId);
        _latest = [.. workerIds.Distinct().Where(states.ContainsKey).Select(id => states[id])];
    }

    /// <summary>
    /// Looks again and again until the work has finished, and ends with it, whatever became of it. What is looked for is only shown: a look
    /// that fails is not worth more than the last one.
    /// </summary>
    public async Task UntilAsync(Task work)
    {
        using var over = new CancellationTokenSource();
        var looking = LookOnAsync(over.Token);
        await Task.WhenAny(work);
        await over.CancelAsync();
        await looking;
    }

    /// <summary>Takes the results for the last look: they know the run's figures, and no look can come too late for them.</summary>
    public void Settle(IReadOnlyList<WorkerResult> results)
    {
        var last = results.GroupBy(result => result.WorkerId).ToDictionary(group => group.Key, group => group.Last());
        _latest =
        [
            .. _latest.Select(state => last.TryGetValue(state.WorkerId, out var result)
                ? state with { Status = result.Status, Elapsed = result.Duration, Tokens = TokensOf(result) ?? state.Tokens }
                : state),
        ];
    }

    private async Task LookOnAsync(CancellationToken over)
    {
        try
        {
            while (true)
            {
                await LookAsync(over);
                await Task.Delay(Pause, time, over);
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // The work has finished.
        }
        catch (Exception e) when (e is UnansweredException or RefusedException)
        {
            // Whoever waits for the work hears the same from it.
        }
    }

    private static decimal? TokensOf(WorkerResult result) =>
        decimal.TryParse(result.Metadata["usage"]?["total_tokens"]?.ToJsonString(), NumberStyles.Float, CultureInfo.InvariantCulture, out decimal tokens)
            ? tokens
            : null;
}
