using McpWorkers.Engine.Execution.Containers.Api;

namespace McpWorkers.Engine.Execution.Containers;

/// <summary>
/// What a run's container uses, as its engine tells. Asking takes the engine some milliseconds, so nobody waits for it: each look gives the
/// answer to the one before, and asks anew.
/// </summary>
/// <param name="measure">Throws <see cref="EngineException"/>.</param>
/// <param name="over">Ends the asking.</param>
internal sealed class ContainerUseWatch(Func<CancellationToken, Task<ContainerUse?>> measure, CancellationToken over)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private Task _asking = Task.CompletedTask;
    private volatile ExecutionUse? _last;

    /// <summary>Null before the first answer, and where the engine does not tell. Not for several threads at once.</summary>
    public ExecutionUse? Read()
    {
        if (_asking.IsCompleted && !over.IsCancellationRequested)
        {
            _asking = AskAsync();
        }

        return _last;
    }

    private async Task AskAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(over);
        limit.CancelAfter(Patience);
        try
        {
            // A container that is kept has used processor time before this run, so that only differences are of use: the first answer has none.
            _last = await measure(limit.Token) is { } use
                ? new(_last is null ? null : TimeSpan.FromMicroseconds(use.CpuNanoseconds / 1000.0), use.MemoryBytes, (int?)use.Processes)
                : null;
        }
        catch (Exception e) when (e is EngineException or OperationCanceledException)
        {
            _last = null;
        }
    }
}
