using System.Threading.Channels;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Events;

/// <summary>
/// Tells facts to whoever listens. Each subscriber has a bounded buffer: one that is slow loses the oldest facts and sees it by the
/// numbers; nobody ever holds up a run.
/// </summary>
public sealed class EventFeed(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly List<(Channel<WorkerEvent> Buffer, Func<WorkerEvent, bool>? Only)> _subscribers = [];
    private long _last;

    /// <summary>Number of the last fact; 0 before the first.</summary>
    public long Last
    {
        get
        {
            lock (_lock)
            {
                return _last;
            }
        }
    }

    /// <summary>Goes on after the facts of an earlier host. Before the first fact only.</summary>
    public void ContinueAfter(long number)
    {
        lock (_lock)
        {
            _last = number;
        }
    }

    /// <summary>Tells facts that the store holds, in order of their numbers.</summary>
    public void Publish(IReadOnlyList<WorkerEvent> facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        lock (_lock)
        {
            foreach (var fact in facts)
            {
                _last = fact.Number;
                Tell(fact);
            }
        }
    }

    /// <summary>Tells what goes on in a run.</summary>
    /// <param name="logCursor">See <see cref="WorkerEvent.LogCursor"/>.</param>
    public void Activity(string workerId, string runId, WorkerStatus status, string text, long? logCursor = null)
    {
        lock (_lock)
        {
            Tell(new WorkerEvent(_last, time.GetUtcNow(), WorkerEventKind.Activity, workerId, runId, status, text) { LogCursor = logCursor });
        }
    }

    /// <summary>Everything from now on, until disposed.</summary>
    /// <param name="capacity">How much may wait; the oldest is dropped beyond it.</param>
    /// <param name="only">What it wants to be told of; null for everything. Must be quick and must not throw.</param>
    public Subscription Subscribe(int capacity = 1024, Func<WorkerEvent, bool>? only = null)
    {
        var dropped = new DroppedEvents();
        var channel = Channel.CreateBounded<WorkerEvent>(
            new BoundedChannelOptions(capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true }, dropped.Add);
        lock (_lock)
        {
            _subscribers.Add((channel, only));
        }

        return new Subscription(channel.Reader, dropped, () =>
        {
            lock (_lock)
            {
                _subscribers.Remove((channel, only));
            }

            channel.Writer.TryComplete();
        });
    }

    private void Tell(WorkerEvent fact)
    {
        foreach (var (buffer, only) in _subscribers)
        {
            if (only?.Invoke(fact) != false)
            {
                buffer.Writer.TryWrite(fact);
            }
        }
    }

    /// <summary>Ends when disposed.</summary>
    public sealed class Subscription(ChannelReader<WorkerEvent> reader, DroppedEvents dropped, Action end) : IDisposable
    {
        public ChannelReader<WorkerEvent> Reader { get; } = reader;

        /// <summary>What was dropped because its reader was slow.</summary>
        public DroppedEvents Dropped { get; } = dropped;

        public void Dispose() => end();
    }
}
