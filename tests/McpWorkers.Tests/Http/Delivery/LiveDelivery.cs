using System.Diagnostics;
using System.Globalization;
using System.Net.ServerSentEvents;
using System.Net.Sockets;
using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Storage.Memory;
using McpWorkers.Http;
using McpWorkers.Http.Rest;

namespace McpWorkers.Tests.Http.Delivery;

/// <summary>What a delivery to many readers came to.</summary>
/// <param name="Missing">Facts and activities that a reader had neither live nor after it had caught up by its cursors.</param>
/// <param name="Doubled">Facts that a reader had more than once, or out of order.</param>
/// <param name="SlowGaps">How many gaps the slow readers were told of.</param>
/// <param name="FastGaps">The same of the others.</param>
/// <param name="FastLatency">From an event to each of the others having read it: the middle, the 99th of 100, the longest, in milliseconds.</param>
/// <param name="GrownBytes">Memory held when all was told and the slow ones had not begun to read, against before; the facts of the store among it.</param>
internal sealed record DeliveryFigures(
    int Events, long Missing, long Doubled, int SlowGaps, int FastGaps, (double Middle, double P99, double Max) FastLatency, long GrownBytes);

/// <summary>
/// Workers that do something many times a second, told by the product's event stream over HTTP to readers, some of which do not read until all is
/// over and then catch up by the two cursors of a gap: the store's for facts, the run log's for activities.
/// </summary>
internal sealed class LiveDelivery : IAsyncDisposable
{
    /// <summary>Of that many events of a worker one is a fact.</summary>
    private const int FactEvery = 20;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(50);
    private static readonly string Padding = new('x', 1000);

    private readonly EventFeed _feed = new(TimeProvider.System);
    private readonly MemoryStore _store = new();
    private readonly int[] _logs;
    private readonly int _activitiesMax;
    private readonly TaskCompletionSource _slowMayRead = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HttpServer _server;
    private volatile string? _lastFact;

    private LiveDelivery(int workers, int activitiesMax, Func<LiveDelivery, Task<HttpServer>> server)
    {
        _logs = new int[workers];
        _activitiesMax = activitiesMax;
        _store.Committed = _feed.Publish;
        _server = server(this).GetAwaiter().GetResult();
    }

    public static async Task<DeliveryFigures> RunAsync(int workers, int perSecond, int readers, int slow, TimeSpan duration, CancellationToken cancellationToken)
    {
        await using var delivery = new LiveDelivery(workers, (int)(perSecond * duration.TotalSeconds) + 1, self => self.ServeAsync());
        var fast = Enumerable.Range(0, readers - slow).Select(_ => delivery.ReadAsync(isSlow: false, cancellationToken)).ToList();
        var late = Enumerable.Range(0, slow).Select(_ => delivery.ReadAsync(isSlow: true, cancellationToken)).ToList();
        await Task.WhenAll(fast.Concat(late).Select(reader => reader.IsOpen.Task));
        long before = GC.GetTotalMemory(forceFullCollection: true);
        int events = await delivery.HappenAsync(workers, perSecond, duration, cancellationToken);
        await Task.WhenAll(fast.Select(reader => reader.End));
        long grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        delivery._slowMayRead.SetResult();
        await Task.WhenAll(late.Select(reader => reader.End));

        var all = fast.Concat(late).ToList();
        return new(
            events,
            all.Sum(delivery.MissingOf),
            all.Sum(reader => reader.Doubled),
            late.Sum(reader => reader.Gaps),
            fast.Sum(reader => reader.Gaps),
            (LatencyOf(fast, 0.5), LatencyOf(fast, 0.99), LatencyOf(fast, 1)),
            grown);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private Task<HttpServer> ServeAsync()
    {
        var options = new HttpOptions();
        return HttpServer.StartAsync(
            new() { Port = 0 }, options, guard: null,
            async context =>
            {
                using var stream = new EventStream(context, _store.Workers.EventsAsync, _feed, options);
                await stream.RunAsync(0, context.RequestAborted);
            },
            TextWriter.Null, CancellationToken.None);
    }

    /// <summary>Paced as workers are, not as fast as it goes: readers that keep up must keep up.</summary>
    private async Task<int> HappenAsync(int workers, int perSecond, TimeSpan duration, CancellationToken cancellationToken)
    {
        using var pace = new PeriodicTimer(Tick, TimeProvider.System);
        long begun = Stopwatch.GetTimestamp();
        int told = 0;
        for (int all = (int)(workers * perSecond * duration.TotalSeconds); told < all;)
        {
            await pace.WaitForNextTickAsync(cancellationToken);
            for (int due = Math.Min(all, (int)(Stopwatch.GetElapsedTime(begun).TotalSeconds * workers * perSecond)); told < due; told++)
            {
                string worker = $"term_{told % workers}";
                string run = $"run_{told % workers}";
                if (told / workers % FactEvery == 0)
                {
                    await _store.Workers.AcceptAsync([RunOf($"{run}_{told}", worker)]);
                }
                else
                {
                    // Written before it is told, as agents do.
                    int at = Interlocked.Increment(ref _logs[told % workers]) - 1;
                    _feed.Activity(
                        worker, run, WorkerStatus.Running, string.Create(CultureInfo.InvariantCulture, $"{Stopwatch.GetTimestamp()} {Padding}"), at);
                }
            }
        }

        _lastFact = "term_last";
        await _store.Workers.AcceptAsync([RunOf("run_last", _lastFact)]);
        return told + 1;
    }

    private static StoredRun RunOf(string runId, string workerId) => new()
    {
        RunId = runId,
        WorkerId = workerId,
        Timeout = TimeSpan.FromMinutes(1),
        Accepted = TimeProvider.System.GetUtcNow(),
    };

    private DeliveryReader ReadAsync(bool isSlow, CancellationToken cancellationToken)
    {
        var reader = new DeliveryReader(_logs.Length, _activitiesMax);
        reader.End = ReadToEndAsync(reader, isSlow, cancellationToken);
        return reader;
    }

    private async Task ReadToEndAsync(DeliveryReader reader, bool isSlow, CancellationToken cancellationToken)
    {
        // Little room on the way, as with a reader behind a thin line.
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (context, cancellation) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                if (isSlow)
                {
                    socket.ReceiveBufferSize = 4096;
                }

                await socket.ConnectAsync(context.DnsEndPoint, cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        using var client = new HttpClient(handler) { Timeout = TimeSpan.FromMinutes(30) };
        using var answer = await client.GetAsync(new Uri(_server.Url), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        await using var body = await answer.Content.ReadAsStreamAsync(cancellationToken);
        reader.IsOpen.SetResult();
        if (isSlow)
        {
            await _slowMayRead.Task.WaitAsync(cancellationToken);
        }

        await foreach (var item in SseParser.Create(body).EnumerateAsync(cancellationToken))
        {
            if (reader.Take(item, run => Volatile.Read(ref _logs[run])) is { } worker && worker == _lastFact)
            {
                return;
            }
        }

        throw new InvalidOperationException("The stream ended before its last event.");
    }

    private long MissingOf(DeliveryReader reader) =>
        _feed.Last - reader.Facts + Enumerable.Range(0, _logs.Length).Sum(run => reader.MissingOf(run, _logs[run]));

    private static double LatencyOf(IReadOnlyList<DeliveryReader> readers, double share)
    {
        long all = readers.Sum(reader => reader.Latencies.Sum(count => (long)count));
        long passed = 0;
        for (int milliseconds = 0; ; milliseconds++)
        {
            passed += readers.Sum(reader => (long)reader.Latencies[milliseconds]);
            if (passed >= all * share)
            {
                return milliseconds;
            }
        }
    }
}
