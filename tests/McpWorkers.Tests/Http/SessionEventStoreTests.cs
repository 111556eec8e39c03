using System.Net.ServerSentEvents;
using System.Text.Json.Nodes;
using McpWorkers.Http.Protocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Xunit;

#pragma warning disable MCP9006 // Sessions are of the older revisions.

namespace McpWorkers.Tests.Http;

public sealed class SessionEventStoreTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact(Timeout = 30_000)]
    public async Task What_was_sent_after_an_event_is_sent_again()
    {
        var store = new SessionEventStore(100, 1_000_000);
        await using var stream = await OpenAsync(store);
        var first = await WriteAsync(stream, "one");
        await WriteAsync(stream, "two");
        await WriteAsync(stream, "three");
        await stream.DisposeAsync();

        Assert.Equal(["two", "three"], await ReadAsync(store, first));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_reader_waits_for_what_comes()
    {
        var store = new SessionEventStore(100, 1_000_000);
        await using var stream = await OpenAsync(store);
        var reading = ReadAsync(store, await WriteAsync(stream, "one"));

        await WriteAsync(stream, "two");
        await stream.DisposeAsync();

        Assert.Equal(["two"], await reading);
    }

    [Fact(Timeout = 30_000)]
    public async Task Beyond_its_number_of_events_the_oldest_are_forgotten_and_that_is_said()
    {
        var store = new SessionEventStore(10, 1_000_000);
        await using var stream = await OpenAsync(store);
        var ids = new List<string>();
        for (int i = 0; i < 25; i++)
        {
            ids.Add(await WriteAsync(stream, $"{i}"));
        }

        await stream.DisposeAsync();

        Assert.Equal(10, store.Count);
        Assert.Null(await store.GetStreamReaderAsync(ids[13], Cancelled));
        Assert.Equal(["15", "16", "17", "18", "19", "20", "21", "22", "23", "24"], await ReadAsync(store, ids[14]));
    }

    [Fact(Timeout = 30_000)]
    public async Task Beyond_its_bytes_too_over_all_streams()
    {
        var store = new SessionEventStore(1000, 10_000);
        for (int i = 0; i < 50; i++)
        {
            await using var stream = await OpenAsync(store);
            await WriteAsync(stream, new string('x', 900));
        }

        Assert.InRange(store.Bytes, 1, 10_000);
        Assert.InRange(store.Count, 1, 11);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("x.1")]
    [InlineData("nonsense")]
    [InlineData("STREAM.99999999999999999999")]
    [InlineData("STREAM.-1")]
    [InlineData("STREAM.2")]
    public async Task An_id_that_was_never_given_is_unknown(string id)
    {
        var store = new SessionEventStore(10, 1_000_000);
        await using var stream = await OpenAsync(store);
        string known = await WriteAsync(stream, "one");

        Assert.Null(await store.GetStreamReaderAsync(id.Replace("STREAM", known.Split('.')[0], StringComparison.Ordinal), Cancelled));
    }

    private static async Task<ISseEventStreamWriter> OpenAsync(SessionEventStore store) =>
        await store.CreateStreamAsync(new SseEventStreamOptions { SessionId = "s", StreamId = "7", Mode = SseEventStreamMode.Streaming }, Cancelled);

    private static async Task<string> WriteAsync(ISseEventStreamWriter stream, string text)
    {
        var message = new JsonRpcNotification { Method = "m", Params = new JsonObject { ["text"] = text } };
        return (await stream.WriteEventAsync(new SseItem<JsonRpcMessage?>(message), Cancelled)).EventId!;
    }

    private static async Task<List<string>> ReadAsync(SessionEventStore store, string after)
    {
        var reader = await store.GetStreamReaderAsync(after, Cancelled);
        var texts = new List<string>();
        await foreach (var item in reader!.ReadEventsAsync(Cancelled))
        {
            texts.Add(((JsonRpcNotification)item.Data!).Params!["text"]!.GetValue<string>());
        }

        return texts;
    }
}
