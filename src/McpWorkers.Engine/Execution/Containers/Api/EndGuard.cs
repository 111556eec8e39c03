namespace McpWorkers.Engine.Execution.Containers.Api;

/// <summary>
/// Calls that the engine answers when a container ends. One whose answer does not come although the container has ended would keep its run
/// for ever: so the state is asked for as well.
/// </summary>
/// <param name="inspect">Null for a container that is gone.</param>
internal sealed class EndGuard(Func<string, CancellationToken, Task<ContainerFacts?>> inspect, TimeProvider time)
{
    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(3);

    /// <summary>An answer that was on its way when the container ended is waited for.</summary>
    private static readonly TimeSpan RestPatience = TimeSpan.FromSeconds(2);

    /// <summary>False where the container has ended and the call has not; the call is over in any case.</summary>
    public async Task<bool> RunAsync(string container, Func<CancellationToken, Task> call, CancellationToken cancellationToken)
    {
        using var listening = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var calling = call(listening.Token);
        try
        {
            while (await Task.WhenAny(calling, Task.Delay(AskEvery, time, listening.Token)) != calling)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (await HasEndedAsync(container, cancellationToken))
                {
                    await Task.WhenAny(calling, Task.Delay(RestPatience, time, cancellationToken));
                    break;
                }
            }

            bool answered = calling.IsCompleted;
            await listening.CancelAsync();
            await calling.ConfigureAwait(answered ? ConfigureAwaitOptions.None : ConfigureAwaitOptions.SuppressThrowing);
            return answered;
        }
        finally
        {
            await listening.CancelAsync();
            await calling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<bool> HasEndedAsync(string container, CancellationToken cancellationToken)
    {
        try
        {
            return await inspect(container, cancellationToken) is null or { State: ContainerState.Exited or ContainerState.Dead };
        }
        catch (EngineException)
        {
            // Whether the engine is there is told by the call itself.
            return false;
        }
    }
}
