using System.Collections.Concurrent;

namespace McpWorkers.Engine.Tasks.Dispatch;

/// <summary>What goes on beside its caller, by name: so that somebody can wait for it, and so that nothing is left when the queue ends.</summary>
/// <param name="ended">Told when something is over.</param>
/// <param name="faulted">Told what failed, and of what.</param>
internal sealed class TasksGoingOn(Action ended, Action<string, Exception> faulted)
{
    private readonly ConcurrentDictionary<string, Task> _going = new();

    public void Add(string name, Task going)
    {
        if (going.IsCompletedSuccessfully)
        {
            return;
        }

        // What went on under that name may still have something to give back: both are waited for.
        var all = _going.AddOrUpdate(name, going, (_, before) => before.IsCompleted ? going : Task.WhenAll(before, going));
        _ = going.ContinueWith(
            done =>
            {
                if (done.Exception is { } fault)
                {
                    faulted(name, fault.GetBaseException());
                }

                ended();
            },
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        _ = all.ContinueWith(
            done => _going.TryRemove(KeyValuePair.Create(name, done)),
            CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Returns once what goes on under that name is over; at once where nothing does.</summary>
    public Task EndOfAsync(string name) => _going.TryGetValue(name, out var going) ? going : Task.CompletedTask;

    /// <summary>Returns once nothing goes on any more, also nothing that began meanwhile. What failed was told already.</summary>
    public async Task EndAsync()
    {
        while (_going.Values is { Count: > 0 } going)
        {
            await Task.WhenAll(going).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await Task.Yield();
        }
    }
}
