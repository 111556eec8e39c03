using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using McpWorkers.Mcp;
using McpWorkers.Mcp.Client;

namespace McpWorkers.Daemon;

/// <summary>What a terminal asks for that looks on: facts as they happen, raw transcripts, the runs of a client in debug mode.</summary>
internal sealed class WatchMethods(WorkerManager manager, TimeProvider time)
{
    /// <summary>Longer than the pauses of a follower, so that one that is only slow still counts.</summary>
    private static readonly TimeSpan FollowerStays = TimeSpan.FromSeconds(5);

    private readonly HistoryMethods _history = new(manager, time);

    public IReadOnlyDictionary<string, SessionMethod> For(Caller caller)
    {
        var view = manager.As(caller);
        return new Dictionary<string, SessionMethod>
        {
            [WatchClient.Facts] = (parameters, cancellationToken) => _history.FactsAsync(caller, parameters, cancellationToken),
            [WatchClient.Raw] = (parameters, cancellationToken) => RawAsync(view, parameters, cancellationToken),
            [WatchClient.Follow] = (parameters, _) => Task.FromResult(Follow(caller, parameters)),
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
