using System.Globalization;
using McpWorkers.Engine.Model;
using McpWorkers.Mcp.Client;

namespace McpWorkers.Cli.Execute;

/// <summary>What the workers of a command are doing, as it was at the last look.</summary>
/// <param name="workerIds">In the order to show them.</param>
internal sealed class WorkerWatch(WorkerClient client, IReadOnlyList<string> workerIds, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LastLookMax = TimeSpan.FromSeconds(1);

    private volatile IReadOnlyList<WorkerState> _latest = [];

    public IReadOnlyList<WorkerState> Latest => _latest;

    /// <summary>Looks at once.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        var states = (await client.StatesAsync(cancellationToken)).ToDictionary(state => state.WorkerId);
        _latest = [.. workerIds.Distinct().Where(states.ContainsKey).Select(id => states[id])];
    }

    /// <summary>
    /// Looks again and again until the work has finished, whatever became of it, and then once more, at most for a moment. What is looked for is
    /// only shown: where a look fails the last one stays.
    /// </summary>
    public async Task UntilAsync(Task work)
    {
        using var over = new CancellationTokenSource();
        var looking = TryAsync(LookOnAsync, over.Token);
        await Task.WhenAny(work);
        await over.CancelAsync();
        await looking;
        using var moment = new CancellationTokenSource(LastLookMax, time);
        await TryAsync(LookAsync, moment.Token);
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
        while (true)
        {
            await LookAsync(over);
            await Task.Delay(Pause, time, over);
        }
    }

    private static async Task TryAsync(Func<CancellationToken, Task> look, CancellationToken over)
    {
        try
        {
            await look(over);
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // It has had its time.
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
