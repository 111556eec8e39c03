using System.Threading.Channels;
using McpWorkers.Engine.Events;
using McpWorkers.Engine.Workers;

namespace McpWorkers.Mcp.News;

/// <summary>
/// Tells one client of what it is interested in: the first news at once, what follows in rounds, each thing once in a round however often
/// it changed. Taking the facts never waits for the telling, so a slow client loses none.
/// </summary>
internal sealed class NewsRounds(WorkerManager manager, NewsInterest interest, TimeProvider time)
{
    /// <summary>Between two rounds: nobody hears of the same thing more than four times a second.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private const int WaitingFactsMax = 4096;

    private readonly Lock _lock = new();
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private HashSet<NewsItem> _waiting = [];

    /// <summary>Until cancelled, or until the telling fails. News of what happened after <paramref name="news"/> was opened.</summary>
    public async Task RunAsync(EventFeed.Subscription news, Func<NewsItem, Task> tell, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var taking = TakeAsync(news.Reader, over.Token);
        try
        {
            while (await _signal.Reader.WaitToReadAsync(over.Token))
            {
                _signal.Reader.TryRead(out _);
                foreach (var item in Next())
                {
                    await tell(item);
                }

                await Task.Delay(Pause, time, over.Token);
            }
        }
        finally
        {
            await over.CancelAsync();
            await taking;
        }
    }

    /// <summary>Opens the way for news. What is not of interest is not kept at all.</summary>
    public EventFeed.Subscription Open() => manager.Events.Subscribe(WaitingFactsMax, interest.Concerns);

    /// <summary>Has something told in the next round.</summary>
    public void Add(NewsItem item)
    {
        lock (_lock)
        {
            _waiting.Add(item);
        }

        _signal.Writer.TryWrite(true);
    }

    private HashSet<NewsItem> Next()
    {
        lock (_lock)
        {
            var items = _waiting;
            _waiting = [];
            return items;
        }
    }

    private async Task TakeAsync(ChannelReader<WorkerEvent> facts, CancellationToken over)
    {
        var visible = new VisibleWorkers(manager);
        try
        {
            await foreach (var fact in facts.ReadAllAsync(over))
            {
                if (visible.Sees(fact))
                {
                    foreach (var item in interest.Of(fact))
                    {
                        Add(item);
                    }
                }
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // Nobody is told any more.
        }
    }
}
