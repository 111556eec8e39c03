using System.Globalization;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Quota;

namespace McpWorkers.Engine.Workers;

/// <summary>What a run waits for, beside its turn.</summary>
/// <param name="Kind"><c>question</c>, <c>permission</c>, <c>budget</c> or <c>quota</c>.</param>
/// <param name="Text">One line for a person. Of a request it was written by an agent.</param>
/// <param name="RequestId">Of a request.</param>
/// <param name="Until">When that ends by itself, where it is known.</param>
public sealed record WaitingFor(string Kind, string Text, string? RequestId = null, DateTimeOffset? Until = null)
{
    public static WaitingFor Of(WorkerRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new(request.Kind.ToWire(), Requests.RequestLine.Of(request), request.RequestId, request.Expires);
    }

    public static WaitingFor Of(PoolHold hold)
    {
        ArgumentNullException.ThrowIfNull(hold);
        return new("quota", hold.Text, Until: hold.Stand == PoolStand.Open ? hold.Breaker.Until : null);
    }

    public JsonObject ToJson()
    {
        JsonObject json = new() { ["kind"] = Kind, ["text"] = Text };
        if (RequestId is not null)
        {
            json["request_id"] = RequestId;
        }

        if (Until is { } until)
        {
            json["until"] = until.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
        }

        return json;
    }
}
