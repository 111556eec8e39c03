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
    private readonly List<Channel<WorkerEvent>> _subscribers = [];
    private long _number;

    public void Append(WorkerEventKind kind, string workerId, string? runId, WorkerStatus status, string text)
    {
        lock (_lock)
        {
            var fact = new WorkerEvent(++_number, time.GetUtcNow(), kind, workerId, runId, status, text);
            foreach (var subscriber in _subscribers)
            {
                subscriber.Writer.TryWrite(fact);
            }
        }
    }

    /// <summary>Every fact from now on, until the token is cancelled.</summary>
    /// <param name="capacity">How many facts may wait; the oldest are dropped beyond it.</param>
    public Subscription Subscribe(int capacity = 1024)
    {
        var channel = Channel.CreateBounded<WorkerEvent>(new BoundedChannelOptions(capacity)
        {
            FullMode = BoundedChannelFullMode.DropOldest,
            SingleReader = true,
        });
        lock (_lock)
        {
            _subscribers.Add(channel);
        }

        return new Subscription(channel.Reader, () =>
        {
            lock (_lock)
            {
                _subscribers.Remove(channel);
            }

            channel.Writer.TryComplete();
        });
    }

    /// <summary>Ends when disposed.</summary>
    public sealed class Subscription(ChannelReader<WorkerEvent> reader, Action end) : IDisposable
    {
        public ChannelReader<WorkerEvent> Reader { get; } = reader;

        public void Dispose() => end();
    }
}
