using System.Text.Json.Nodes;
using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using McpWorkers.Mcp;
using McpWorkers.Mcp.Client;

namespace McpWorkers.Daemon;

/// <summary>What a terminal asks for that looks on: facts as they happen, raw transcripts, the runs of a client in debug mode.</summary>
internal sealed class WatchMethods(WorkerManager manager, TimeProvider time)
{
    private const int FactsMax = 500;

    /// <summary>Longer than the pauses of a follower, so that one that is only slow still counts.</summary>
    private static readonly TimeSpan FollowerStays = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    public IReadOnlyDictionary<string, SessionMethod> For(Caller caller)
    {
        var view = manager.As(caller);
        return new Dictionary<string, SessionMethod>
        {
            [WatchClient.Facts] = (parameters, cancellationToken) => FactsAsync(view, parameters, cancellationToken),
            [WatchClient.Raw] = (parameters, cancellationToken) => RawAsync(view, parameters, cancellationToken),
            [WatchClient.Follow] = (parameters, _) => Task.FromResult(Follow(caller, parameters)),
        };
    }

    /// <summary>Facts after a cursor; where there is none, waits for one.</summary>
    private async Task<JsonObject> FactsAsync(WorkerManager view, JsonObject parameters, CancellationToken cancellationToken)
    {
        long after = Number(parameters, "after") ?? view.Events.Last;
        var wait = TimeSpan.FromSeconds(Number(parameters, "wait_seconds") ?? 0);
        wait = wait < LongestWait ? wait : LongestWait;

        // Subscribed first: what happens while the store is read ends the waiting.
        using var news = view.Events.Subscribe(16, static happened => happened.Kind != WorkerEventKind.Activity);
        var page = await view.EventsAsync(after, FactsMax, cancellationToken);
        if (page.Facts.Count == 0 && !page.Gap && page.Last <= after && wait > TimeSpan.Zero)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            using var timer = time.CreateTimer(_ => limit.CancelAsync(), null, wait, Timeout.InfiniteTimeSpan);
            try
            {
                await news.Reader.WaitToReadAsync(limit.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // Nothing happened.
            }

            page = await view.EventsAsync(after, FactsMax, cancellationToken);
        }

        // A page that is full ends where its last fact is; else everything up to the store's last one was looked at.
        long next = page.Facts.Count >= FactsMax ? page.Facts[^1].Number : Math.Max(after, page.Last);
        return new()
        {
            ["events"] = new JsonArray([.. page.Facts.Select(fact => (JsonNode)new JsonObject
            {
                ["number"] = fact.Number,
                ["time"] = fact.Time,
                ["kind"] = NameOf(fact.Kind),
                ["worker_id"] = fact.WorkerId,
                ["run_id"] = fact.RunId,
                ["status"] = fact.Status.ToWire(),
                ["text"] = fact.Text,
            })]),
            ["gap"] = page.Gap,
            ["next"] = next,
        };
    }

    private static async Task<JsonObject> RawAsync(WorkerManager view, JsonObject parameters, CancellationToken cancellationToken)
    {
        var page = await view.ReadRawLogAsync((string?)parameters["run_id"] ?? "", Number(parameters, "cursor") ?? 0, cancellationToken);
        return new() { ["bytes"] = Convert.ToBase64String(page.Bytes.Span), ["next_cursor"] = page.NextCursor, ["over"] = page.IsOver };
    }

    private JsonObject Follow(Caller caller, JsonObject parameters)
    {
        if (caller.ParentRun is not null)
        {
            throw new RefusedException(RefusalCode.Forbidden, "Runs of other clients are not for agents inside a run.");
        }

        var news = manager.Debug.Follow(
            Text(parameters, "client"),
            Text(parameters, "follower"),
            Number(parameters, "after") ?? 0,
            (bool?)parameters["ends"] == true ? TimeSpan.Zero : FollowerStays);
        return new()
        {
            ["host"] = news.HostId,
            ["connected"] = news.IsConnected,
            ["runs"] = new JsonArray([.. news.Runs.Select(run => (JsonNode)new JsonObject
            {
                ["number"] = run.Number,
                ["worker_id"] = run.WorkerId,
                ["run_id"] = run.RunId,
            })]),
        };
    }

    private static string NameOf(WorkerEventKind kind) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString());

    private static string Text(JsonObject parameters, string name) =>
        parameters[name] is JsonValue value && value.TryGetValue(out string? text) && text.Length is > 0 and <= 100
            ? text
            : throw new RefusedException(RefusalCode.InvalidArgument, $"{name} is missing, or no text of at most 100 characters.");

    private static long? Number(JsonObject parameters, string name) => parameters[name] switch
    {
        null => null,
        JsonValue value when value.TryGetValue(out long number) && number >= 0 => number,
        var other => throw new RefusedException(RefusalCode.InvalidArgument, $"{name} is {other.ToJsonString()}; it must be a whole number, 0 or more."),
    };
}
