using System.Globalization;
using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers;
using McpWorkers.Http.Guard;
using McpWorkers.Http.Protocol;

namespace McpWorkers.Http.Rest;

/// <summary>The event stream: what happens to the workers, the tasks and the queue, from a cursor on, and then as it happens.</summary>
internal static class EventRoutes
{
    private static readonly RouteParameter After = new(
        "after", """{"type":"integer","minimum":0}""", "The number of the last event that is known; 0 for all that are kept. Left out: from now on. The header Last-Event-ID goes before it.");

    public static IEnumerable<Route> Of(WorkerManager manager, HttpOptions options, BearerTokens tokens, CancellationToken stopping)
    {
        var places = new SemaphoreSlim(options.EventStreamsMax);
        return
        [
            new("GET", "/api/v1/events", $"Server-sent events: {string.Join(", ", WorkerEventKinds.All)}; gap where some were left out.", call => StreamAsync(call))
            {
                Scope = TokenScope.Read,
                Query = [After],
                AnswerSchema = """{"type":"string"}""",
                AnswerType = HttpAnswer.EventStream,
            },
        ];

        async Task StreamAsync(RouteCall call)
        {
            long after = AfterOf(call, manager.Events);
            if (!await places.WaitAsync(TimeSpan.Zero, call.Aborted))
            {
                throw new RefusedException(RefusalCode.LimitReached, $"There are {options.EventStreamsMax} readers of events already, which is the limit. Try again later.");
            }

            try
            {
                using var stream = new EventStream(call.Context, manager.EventsAsync, manager.Events, options);
                await using var life = new StreamLife(call.Context, tokens, options, stopping, stream.KeepAliveAsync);
                await stream.RunAsync(after, life.Token);
            }
            finally
            {
                places.Release();
            }
        }
    }

    /// <summary>A client that comes back by itself says in a header where it was; the address is still that of its first time.</summary>
    private static long AfterOf(RouteCall call, EventFeed feed)
    {
        string last = call.Context.Request.Headers["Last-Event-ID"].ToString();
        return last.Length == 0 ? RunRoutes.Whole(call, After.Name, feed.Last, 0, long.MaxValue)
            : long.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number
            : throw new RefusedException(RefusalCode.InvalidArgument, $"Last-Event-ID is '{last}'; it must be the number of an event.");
    }
}
