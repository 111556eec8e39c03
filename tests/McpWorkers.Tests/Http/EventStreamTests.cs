using System.Globalization;
using System.Net;
using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Http;
using McpWorkers.Http.Rest;
using Xunit;

namespace McpWorkers.Tests.Http;

/// <summary>Events by cursor: stored ones and live ones make one row without a hole or a double, however slow the reader.</summary>
public sealed class EventStreamTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task Stored_facts_come_first_and_then_what_happens()
    {
        await using var door = await OpenDoor.StartAsync();
        string id = await door.Server.SpawnAsync();
        await using var reader = await Reader.OpenAsync(door.Client, "/api/v1/events?after=0");

        var stored = await reader.UntilAsync(item => item.EventType == "spawned");
        await door.Server.Manager.ExecuteAsync(id, "hello", cancellationToken: Cancelled);
        var live = await reader.UntilAsync(item => item.EventType == "settled");

        Assert.Equal(id, JsonNode.Parse(stored[^1].Data)!["worker_id"]!.GetValue<string>());
        var settled = JsonNode.Parse(live[^1].Data)!;
        Assert.Equal("completed", settled["status"]!.GetValue<string>());
        Assert.Equal(live[^1].EventId, settled["number"]!.ToString());
        Assert.Equal(live.Where(item => item.EventId is not null).Count(), live.Where(item => item.EventId is not null).Select(item => item.EventId).Distinct().Count());
    }

    [Fact(Timeout = 60_000)]
    public async Task Without_a_cursor_the_stream_begins_now_and_with_one_after_it()
    {
        await using var door = await OpenDoor.StartAsync();
        await door.Server.SpawnAsync();
        await using var now = await Reader.OpenAsync(door.Client, "/api/v1/events");
        await using var after = await Reader.OpenAsync(door.Client, "/api/v1/events?after=0", lastEventId: "1");

        string second = await door.Server.SpawnAsync();

        Assert.Equal(second, JsonNode.Parse((await now.UntilAsync(_ => true))[0].Data)!["worker_id"]!.GetValue<string>());
        Assert.Equal(second, JsonNode.Parse((await after.UntilAsync(_ => true))[0].Data)!["worker_id"]!.GetValue<string>());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_quiet_stream_shows_that_it_lives()
    {
        await using var door = await OpenDoor.StartAsync(options: new() { Heartbeat = TimeSpan.FromMilliseconds(500) });
        using var answer = await door.Client.GetAsync("/api/v1/events", HttpCompletionOption.ResponseHeadersRead, Cancelled);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(Cancelled));

        string? line;
        do
        {
            line = await lines.ReadLineAsync(Cancelled);
        }
        while (line is not null && !line.StartsWith(": ", StringComparison.Ordinal));

        Assert.Equal(": still here", line);
    }

    [Fact(Timeout = 60_000)]
    public async Task Readers_are_bounded_in_number()
    {
        await using var door = await OpenDoor.StartAsync(options: new() { EventStreamsMax = 1 });
        await using var first = await Reader.OpenAsync(door.Client, "/api/v1/events");

        using var second = await door.Client.GetAsync("/api/v1/events", HttpCompletionOption.ResponseHeadersRead, Cancelled);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, second.StatusCode);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_reader_that_stops_loses_no_fact_and_costs_no_memory()
    {
        const int Facts = 100_000;
        var store = new Facts();
        await using var host = await StreamHost.StartAsync(store, new() { EventBuffer = 256 });
        using var client = new HttpClient { Timeout = TimeSpan.FromMinutes(1) };
        await using var reader = await Reader.OpenAsync(client, $"{host.Url}/?after=0");
        store.Happen(1);
        var seen = await reader.UntilAsync(_ => true);
        long before = GC.GetTotalMemory(forceFullCollection: true);

        // Nobody reads meanwhile. The facts themselves are the store's: they are held here in its place.
        store.Happen(Facts);
        long grown = GC.GetTotalMemory(forceFullCollection: true) - before - store.Bytes;
        seen.AddRange(await reader.UntilAsync(item => item.EventId == (Facts + 1).ToString(CultureInfo.InvariantCulture)));

        // Other tests use the same heap meanwhile. Kept facts would be 20 MB and more.
        Assert.InRange(grown, long.MinValue, 12 * 1024 * 1024);

        // A slow machine may fall behind more than once.
        var gaps = Enumerable.Range(0, seen.Count).Where(at => seen[at].EventType == "gap").ToList();
        Assert.NotEmpty(gaps);
        Assert.All(gaps, at =>
        {
            var gap = JsonNode.Parse(seen[at].Data)!;
            Assert.False(gap["facts_lost"]!.GetValue<bool>());
            Assert.Equal(seen[at - 1].EventId, gap["resume_after"]!.ToString());
        });
        Assert.Equal(Enumerable.Range(1, Facts + 1), seen.Where(item => item.EventId is not null).Select(item => int.Parse(item.EventId!, CultureInfo.InvariantCulture)));
    }

    [Fact(Timeout = 60_000)]
    public async Task Facts_that_are_kept_no_more_are_said_to_be_lost()
    {
        var store = new Facts { KeptFrom = 50 };
        store.Happen(100);
        await using var host = await StreamHost.StartAsync(store, new());
        using var client = new HttpClient { Timeout = TimeSpan.FromMinutes(1) };
        await using var reader = await Reader.OpenAsync(client, $"{host.Url}/?after=10");

        var seen = await reader.UntilAsync(item => item.EventId == "100");

        Assert.Equal("gap", seen[0].EventType);
        Assert.Equal("""{"resume_after":10,"up_to":100,"facts_lost":true,"events_dropped":0,"logs":{}}""", seen[0].Data);
        Assert.Equal(Enumerable.Range(50, 51), seen.Skip(1).Select(item => int.Parse(item.EventId!, CultureInfo.InvariantCulture)));
    }

    [Fact(Timeout = 60_000)]
    public async Task Activities_have_no_id_and_stay_in_their_place()
    {
        var store = new Facts();
        await using var host = await StreamHost.StartAsync(store, new());
        using var client = new HttpClient { Timeout = TimeSpan.FromMinutes(1) };
        await using var reader = await Reader.OpenAsync(client, $"{host.Url}/?after=0");

        // Once it has had a fact it is on the feed: activities of before are nobody's.
        store.Happen(1);
        var seen = await reader.UntilAsync(item => item.EventId == "1");
        store.Feed.Activity("term_1", "run_1", WorkerStatus.Running, "reading");
        store.Happen(1);
        seen.AddRange(await reader.UntilAsync(item => item.EventId == "2"));

        Assert.Null(seen[1].EventId);
        Assert.Equal(["spawned", "activity", "spawned"], seen.Select(item => item.EventType));
        Assert.Equal(1, JsonNode.Parse(seen[1].Data)!["number"]!.GetValue<int>());
    }

    /// <summary>A store of facts, and the feed that tells them.</summary>
    private sealed class Facts
    {
        private readonly List<WorkerEvent> _facts = [];

        public EventFeed Feed { get; } = new(TimeProvider.System);

        public long KeptFrom { get; init; } = 1;

        public long Bytes { get; private set; }

        public void Happen(int count)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < count; i++)
            {
                WorkerEvent fact;
                lock (_facts)
                {
                    fact = new(_facts.Count + 1, TimeProvider.System.GetUtcNow(), WorkerEventKind.Spawned, "term_1", null, WorkerStatus.Pending, "simulated");
                    _facts.Add(fact);
                }

                Feed.Publish([fact]);
            }

            Bytes += GC.GetAllocatedBytesForCurrentThread() - before;
        }

        public Task<EventPage> ReadAsync(long after, int max, CancellationToken cancellationToken)
        {
            lock (_facts)
            {
                long from = Math.Max(after + 1, KeptFrom);
                return Task.FromResult(new EventPage([.. _facts.Skip((int)from - 1).Take(max)], after + 1 < KeptFrom, _facts.Count));
            }
        }
    }

    /// <summary>The product's server with nothing but an event stream over <see cref="Facts"/>.</summary>
    private sealed class StreamHost(HttpServer server) : IAsyncDisposable
    {
        public string Url => server.Url;

        public static async Task<StreamHost> StartAsync(Facts store, HttpOptions options) => new(await HttpServer.StartAsync(
            new() { Port = 0 }, options, guard: null,
            async context =>
            {
                using var stream = new EventStream(context, store.ReadAsync, store.Feed, options);
                await stream.RunAsync(long.Parse(context.Request.Query["after"].ToString(), CultureInfo.InvariantCulture), context.RequestAborted);
            },
            TextWriter.Null, CancellationToken.None));

        public ValueTask DisposeAsync() => server.DisposeAsync();
    }

    private sealed class Reader(HttpResponseMessage answer, IAsyncEnumerator<SseItem<string>> items) : IAsyncDisposable
    {
        public static async Task<Reader> OpenAsync(HttpClient client, string url, string? lastEventId = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, url);
            if (lastEventId is not null)
            {
                request.Headers.Add("Last-Event-ID", lastEventId);
            }

            var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancelled);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
            var parser = SseParser.Create(await answer.Content.ReadAsStreamAsync(Cancelled));
            return new(answer, parser.EnumerateAsync(Cancelled).GetAsyncEnumerator(Cancelled));
        }

        public async Task<List<SseItem<string>>> UntilAsync(Predicate<SseItem<string>> last)
        {
            var seen = new List<SseItem<string>>();
            do
            {
                Assert.True(await items.MoveNextAsync(), "The stream ended.");
                seen.Add(items.Current);
            }
            while (!last(items.Current));
            return seen;
        }

        public async ValueTask DisposeAsync()
        {
            answer.Dispose();
            await items.DisposeAsync();
        }
    }
}
