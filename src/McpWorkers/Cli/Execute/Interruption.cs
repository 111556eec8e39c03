namespace McpWorkers.Cli.Execute;

/// <summary>Ctrl-C and its like, counted: the first asks for an orderly stop, the second for a stop at once.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _second = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly IDisposable _registration;

    public Interruption(CliEnvironment environment) => _registration = environment.OnInterrupt(() =>
    {
        if (!_first.TrySetResult())
        {
            _second.TrySetResult();
        }
    });

    public Task First => _first.Task;

    public Task Second => _second.Task;

    /// <summary>Does something that leaves nothing behind, until it is done or interrupted. False where it was interrupted.</summary>
    public async Task<bool> TryAsync(Func<CancellationToken, Task> step, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var doing = step(ended.Token);
        if (await Task.WhenAny(doing, First) != doing)
        {
            await ended.CancelAsync();
            await Task.WhenAny(doing);
            return doing.IsCompletedSuccessfully;
        }

        await doing;
        return true;
    }

    public void Dispose() => _registration.Dispose();
}
