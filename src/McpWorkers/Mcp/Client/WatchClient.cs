using System.Text.Json.Nodes;

namespace McpWorkers.Mcp.Client;

/// <summary>Facts after a cursor.</summary>
/// <param name="Events">Each <c>{number, time, kind, worker_id, worker_type, run_id, status, text}</c>.</param>
/// <param name="HasGap">Some between the cursor and the first are kept no more.</param>
/// <param name="Next">The cursor of the next question.</param>
internal sealed record FactPage(IReadOnlyList<JsonObject> Events, bool HasGap, long Next);

/// <summary>What a follower hears of a client in debug mode.</summary>
/// <param name="Host">Another one after the host was started anew: the numbers begin anew then.</param>
/// <param name="Runs">Those after the number asked with, as (number, worker, run).</param>
internal sealed record FollowedRuns(string Host, bool IsConnected, IReadOnlyList<(long Number, string WorkerId, string RunId)> Runs);

/// <summary>Asks for what is looked at from a terminal: methods of the host's own, beside the tools.</summary>
internal sealed class WatchClient(RequestSender sender)
{
    public const string Facts = "mcpworkers/history/events";
    public const string Raw = "mcpworkers/watch/raw";
    public const string Follow = "mcpworkers/watch/follow";

    private const int FactsMax = 500;

    /// <summary>Facts after a cursor.</summary>
    /// <param name="after">Null: from now on.</param>
    /// <param name="waitSeconds">How long to wait for one where there is none, 0–10.</param>
    public async Task<FactPage> FactsAsync(long? after, int waitSeconds, CancellationToken cancellationToken)
    {
        var parameters = new JsonObject { ["wait_seconds"] = waitSeconds, ["limit"] = after is null ? 1 : FactsMax };
        if (after is not null)
        {
            parameters["after"] = after;
        }

        var page = await sender.AskRepeatedlyAsync(Facts, parameters, cancellationToken);
        return page["events"] is JsonArray events && page["last"] is JsonValue last
            ? new(after is null ? [] : [.. events.OfType<JsonObject>()], (bool?)page["gap"] ?? false, (long)last)
            : throw Unknown(Facts);
    }

    /// <summary>A piece of what a run's agent wrote, as it is.</summary>
    /// <param name="cursor">In bytes.</param>
    public async Task<(byte[] Bytes, long Next, bool IsOver)> RawAsync(string runId, long cursor, CancellationToken cancellationToken)
    {
        var page = await sender.AskRepeatedlyAsync(Raw, new() { ["run_id"] = runId, ["cursor"] = cursor }, cancellationToken);
        return page["bytes"] is JsonValue bytes && page["next_cursor"] is JsonValue next
            ? (Convert.FromBase64String((string)bytes!), (long)next, (bool?)page["over"] ?? false)
            : throw Unknown(Raw);
    }

    /// <summary>The runs of a client in debug mode. Whoever asks counts as a follower for some seconds.</summary>
    /// <param name="after">The number of the last run known.</param>
    /// <param name="ends">It is a follower no more.</param>
    public async Task<FollowedRuns> FollowAsync(string client, string follower, long after, bool ends, CancellationToken cancellationToken)
    {
        var news = await sender.AskRepeatedlyAsync(
            Follow, new() { ["client"] = client, ["follower"] = follower, ["after"] = after, ["ends"] = ends }, cancellationToken);
        return news["host"] is JsonValue host && news["runs"] is JsonArray runs
            ? new(
                (string)host!,
                (bool?)news["connected"] ?? false,
                [.. runs.OfType<JsonObject>().Select(run => ((long)run["number"]!, (string)run["worker_id"]!, (string)run["run_id"]!))])
            : throw Unknown(Follow);
    }

    private static UnansweredException Unknown(string method) => new($"The answer to {method} is in a form that this version does not know.");
}
