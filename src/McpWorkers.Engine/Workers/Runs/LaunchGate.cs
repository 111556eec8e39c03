using McpWorkers.Engine.Execution;

namespace McpWorkers.Engine.Workers.Runs;

/// <summary>
/// The launches that are under way. A host that goes and leaves its runs closes it first: a launch that is half done would be taken by the next host
/// for one that came to nothing, and be done again while this one goes on.
/// </summary>
internal sealed class LaunchGate
{
    /// <summary>A container's image may be fetched for minutes; such a launch is sorted out by the next host.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _under;
    private bool _isClosed;

    /// <exception cref="OperationCanceledException">It is closed, and nothing was launched.</exception>
    public async Task<IExecutionHandle> LaunchAsync(Func<Task<IExecutionHandle>> launch)
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                throw new OperationCanceledException("The host goes.");
            }

            _under++;
        }

        try
        {
            return await launch();
        }
        finally
        {
            lock (_lock)
            {
                if (--_under == 0 && _isClosed)
                {
                    _empty.SetResult();
                }
            }
        }
    }

    /// <summary>Lets no more launches begin, and waits for those that have, within a bound.</summary>
    public async Task CloseAsync(TimeProvider time)
    {
        lock (_lock)
        {
            _isClosed = true;
            if (_under == 0)
            {
                return;
            }
        }

        await _empty.Task.WaitAsync(Patience, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
