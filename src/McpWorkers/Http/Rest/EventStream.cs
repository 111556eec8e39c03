using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using Microsoft.AspNetCore.Http;

namespace McpWorkers.Http.Rest;

/// <summary>Reads a page of stored facts after a cursor.</summary>
internal delegate Task<EventPage> ReadFacts(long after, int max, CancellationToken cancellationToken);

/// <summary>
/// One reader of events. Facts come in the order of their numbers, without a hole or a double: those that the reader has not seen come from
/// the store, then those that happen; whenever a number is missing among these, because the reader was slow and its buffer is bounded, the
/// store is asked again. What is not stored (activities) is lost to a slow reader; a <c>gap</c> event says so, and from where on the logs of the runs
/// tell it.
/// </summary>
internal sealed class EventStream(HttpContext context, ReadFacts read, EventFeed feed, HttpOptions options) : IDisposable
{
    private const int Page = 500;

    private static readonly JsonWriterOptions Readable = new() { Encoder = Rendering.ResultJson.Relaxed.Encoder };

    private readonly SemaphoreSlim _writing = new(1);
    private long _cursor;

    /// <param name="after">The number of the last fact that the reader knows.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    public async Task RunAsync(long after, CancellationToken cancellationToken)
    {
        _cursor = after;
        // Subscribed first: what happens while the stored facts are read waits here, and is known by its number.
        using var live = feed.Subscribe(options.EventBuffer);
        HttpAnswer.BeginStream(context);
        try
        {
            await WriteAsync(static body => body.Write("retry: 2000\n\n"u8), cancellationToken);
            await CatchUpAsync(long.MaxValue, null, cancellationToken);
            await foreach (var fact in live.Reader.ReadAllAsync(cancellationToken))
            {
                await TellAsync(fact, live.Dropped.Take(), cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The reader went, the door closes, or the token was revoked.
        }
        catch (TimeoutException)
        {
            // It takes nothing: it can come back with its cursor.
            context.Abort();
        }
    }

    /// <summary>A comment, so that nobody on the way takes the stream for dead.</summary>
    public Task KeepAliveAsync(CancellationToken cancellationToken) => WriteAsync(static body => body.Write(": still here\n\n"u8), cancellationToken);

    public void Dispose() => _writing.Dispose();

    private async Task TellAsync(WorkerEvent happened, DroppedEvents.Loss? loss, CancellationToken cancellationToken)
    {
        bool isFact = happened.Kind != WorkerEventKind.Activity;
        if (happened.Number <= (isFact ? _cursor : _cursor - 1))
        {
            if (loss is not null)
            {
                await GapAsync(_cursor, isLost: false, loss, cancellationToken);
            }

            return;
        }

        // A number may be missing because its worker is not ours to see; the store knows.
        long before = isFact ? happened.Number - 1 : happened.Number;
        if (before > _cursor)
        {
            await CatchUpAsync(before, loss, cancellationToken);
        }
        else if (loss is not null)
        {
            await GapAsync(_cursor, isLost: false, loss, cancellationToken);
        }

        // The store may have given it, and more.
        if (isFact ? happened.Number > _cursor : happened.Number == _cursor)
        {
            await WriteAsync(body => Write(body, happened), cancellationToken);
            _cursor = happened.Number;
        }
    }

    /// <summary>Tells the stored facts after the cursor.</summary>
    /// <param name="expected">Up to there something was missed; <see cref="long.MaxValue"/> at first, when nothing could be.</param>
    /// <param name="loss">What was dropped meanwhile; null for nothing.</param>
    private async Task CatchUpAsync(long expected, DroppedEvents.Loss? loss, CancellationToken cancellationToken)
    {
        bool isToldOf = expected == long.MaxValue;
        while (true)
        {
            var page = await read(_cursor, Page, cancellationToken);
            bool missed = !isToldOf && page.Facts.Count > 0 && page.Facts[0].Number <= expected;
            if (page.Gap || missed || loss is not null)
            {
                await GapAsync(expected == long.MaxValue ? page.Last : expected, page.Gap, loss, cancellationToken);
                loss = null;
            }

            isToldOf = true;
            if (page.Facts.Count == 0)
            {
                return;
            }

            await WriteAsync(
                body =>
                {
                    foreach (var fact in page.Facts)
                    {
                        Write(body, fact);
                    }
                },
                cancellationToken);
            _cursor = page.Facts[^1].Number;
            if (page.Facts.Count < Page && _cursor >= page.Last)
            {
                return;
            }
        }
    }

    private async Task WriteAsync(Action<PipeWriter> write, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            var body = context.Response.BodyWriter;
            write(body);
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(options.ReaderPatience);
            try
            {
                await body.FlushAsync(patience.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException("The reader takes nothing.");
            }
        }
        finally
        {
            _writing.Release();
        }
    }

    private static void Write(PipeWriter body, WorkerEvent happened)
    {
        string kind = happened.Kind.ToWire();
        // Without an id for what is not stored: a client comes back with the last id, which must be a cursor.
        string head = happened.Kind == WorkerEventKind.Activity
            ? $"event: {kind}\ndata: "
            : string.Create(CultureInfo.InvariantCulture, $"id: {happened.Number}\nevent: {kind}\ndata: ");
        Encoding.UTF8.GetBytes(head, body);
        using (var json = new Utf8JsonWriter(body, Readable))
        {
            json.WriteStartObject();
            json.WriteNumber("number", happened.Number);
            json.WriteString("time", happened.Time);
            json.WriteString("kind", kind);
            json.WriteString("worker_id", happened.Kind.IsOfWorker() ? happened.WorkerId : null);
            json.WriteString("run_id", happened.RunId);
            json.WriteString("status", happened.StatusName);
            json.WriteString("text", happened.Text);
            if (happened.Task is { } task)
            {
                json.WriteString("task_id", task.TaskId);
            }

            if (happened.LogCursor is { } cursor)
            {
                json.WriteNumber("log_cursor", cursor);
            }

            json.WriteEndObject();
        }

        body.Write("\n\n"u8);
    }

    /// <summary>
    /// Both cursors of a gap: the last fact that was told, after which what follows here begins (and so would a new stream with it as cursor), and
    /// the one up to which facts come from the store before it goes on live.
    /// </summary>
    /// <param name="isLost">Some facts in between are kept no more; else only activities were left out.</param>
    private Task GapAsync(long upTo, bool isLost, DroppedEvents.Loss? loss, CancellationToken cancellationToken)
    {
        long resume = _cursor;
        return WriteAsync(
            body =>
            {
                body.Write("event: gap\ndata: "u8);
                using (var json = new Utf8JsonWriter(body, Readable))
                {
                    json.WriteStartObject();
                    json.WriteNumber("resume_after", resume);
                    json.WriteNumber("up_to", upTo);
                    json.WriteBoolean("facts_lost", isLost);
                    json.WriteNumber("events_dropped", loss?.Count ?? 0);
                    json.WriteStartObject("logs");
                    foreach (var (run, cursor) in loss?.Logs ?? new Dictionary<string, long>())
                    {
                        json.WriteNumber(run, cursor);
                    }

                    json.WriteEndObject();
                    json.WriteEndObject();
                }

                body.Write("\n\n"u8);
            },
            cancellationToken);
    }
}
