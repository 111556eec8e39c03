namespace McpWorkers.Engine.Workers.Runs;

/// <summary>
/// The places in which runs go on: at most so many at once. Who comes directly takes them in order of arrival (a plain semaphore promises no
/// order). The queue takes one only while nobody waits, but for those that are reserved for it.
/// </summary>
/// <param name="reserved">So many are kept for the queue while it has work for them; never all of them.</param>
internal sealed class RunSlots(int limit, int reserved = 0)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<TaskCompletionSource> _waiting = [];
    private readonly int _reserved = Math.Clamp(reserved, 0, limit - 1);
    private int _taken;
    private int _ofQueue;
    private bool _queueWaits;

    public int Limit { get; } = limit;

    /// <summary>Told when there may be a slot for the queue, which had said that it waits for one.</summary>
    public Action? Free { get; set; }

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

    /// <summary>One that must not be taken directly now.</summary>
    private bool KeepsOne => _queueWaits && _ofQueue < _reserved;

    /// <summary>Waits for a slot. Dispose what is returned to give it back.</summary>
    public async Task<Slot> TakeAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        LinkedListNode<TaskCompletionSource> place;
        lock (_lock)
        {
            if (_taken + (KeepsOne ? 1 : 0) < Limit && _waiting.Count == 0)
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

    /// <summary>For the queue. Null where there is none for it now.</summary>
    public Slot? TryTakeForQueue()
    {
        lock (_lock)
        {
            if (_taken >= Limit || (_waiting.Count > 0 && _ofQueue >= _reserved))
            {
                return null;
            }

            _taken++;
            _ofQueue++;
            return new Slot(this, ofQueue: true);
        }
    }

    /// <summary>The queue says whether it has a task that only lacks a slot.</summary>
    public void Want(bool queueWaits)
    {
        List<TaskCompletionSource> called = [];
        lock (_lock)
        {
            _queueWaits = queueWaits;
            CallUp(called);
        }

        called.ForEach(each => each.SetResult());
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

    private void Return(bool ofQueue)
    {
        List<TaskCompletionSource> called = [];
        bool isForQueue;
        lock (_lock)
        {
            _taken--;
            _ofQueue -= ofQueue ? 1 : 0;
            CallUp(called);
            isForQueue = _queueWaits && _taken < Limit;
        }

        called.ForEach(each => each.SetResult());
        if (isForQueue)
        {
            Free?.Invoke();
        }
    }

    /// <summary>Slots go from hand to hand, so that nobody who comes later can step in between.</summary>
    private void CallUp(List<TaskCompletionSource> called)
    {
        while (_waiting.First is { } first && _taken + (KeepsOne ? 1 : 0) < Limit)
        {
            _waiting.RemoveFirst();
            _taken++;
            called.Add(first.Value);
        }
    }

    internal sealed class Slot(RunSlots slots, bool ofQueue = false) : IDisposable
    {
        private int _returned;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _returned, 1) == 0)
            {
                slots.Return(ofQueue);
            }
        }
    }
}
