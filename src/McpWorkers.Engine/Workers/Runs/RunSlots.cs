namespace McpWorkers.Engine.Workers.Runs;

/// <summary>
/// The places in which runs go on: at most so many at once, given in order of arrival. A plain semaphore promises no order.
/// </summary>
internal sealed class RunSlots(int limit)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<TaskCompletionSource> _waiting = [];
    private int _taken;

    public int Limit { get; } = limit;

    public int Taken
    {
        get
        {
            lock (_lock)
            {
                return _taken;
            }
        }
    }

    public int Waiting
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>Waits for a slot. Dispose what is returned to give it back.</summary>
    public async Task<Slot> TakeAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        LinkedListNode<TaskCompletionSource> place;
        lock (_lock)
        {
            if (_taken < Limit && _waiting.Count == 0)
            {
                _taken++;
                return new Slot(this);
            }

            place = _waiting.AddLast(new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        await using var cancelled = cancellationToken.Register(() => Leave(place, cancellationToken));
        await place.Value.Task;
        return new Slot(this);
    }

    /// <summary>For a run that goes on already: it holds a slot from the start, even above the limit.</summary>
    public Slot TakeNow()
    {
        lock (_lock)
        {
            _taken++;
            return new Slot(this);
        }
    }

    /// <summary>Gives back a slot that may still be waited for.</summary>
    public static async Task GiveBackAsync(Task<Slot> place)
    {
        try
        {
            (await place).Dispose();
        }
        catch (OperationCanceledException)
        {
            // It was stopped while it waited, and never had one.
        }
    }

    private void Leave(LinkedListNode<TaskCompletionSource> place, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            // Already called up: it holds a slot now and gives it back in the ordinary way.
            if (place.List is null)
            {
                return;
            }

            _waiting.Remove(place);
        }

        place.Value.TrySetCanceled(cancellationToken);
    }

    private void Return()
    {
        TaskCompletionSource? next = null;
        lock (_lock)
        {
            if (_waiting.First is { } first && _taken <= Limit)
            {
                // The slot goes from hand to hand, so that nobody who comes later can step in between.
                _waiting.RemoveFirst();
                next = first.Value;
            }
            else
            {
                _taken--;
            }
        }

        next?.SetResult();
    }

    internal sealed class Slot(RunSlots slots) : IDisposable
    {
        private int _returned;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _returned, 1) == 0)
            {
                slots.Return();
            }
        }
    }
}
