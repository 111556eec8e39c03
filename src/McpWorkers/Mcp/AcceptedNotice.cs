using System.Text.Json.Nodes;
using McpWorkers.Engine.Workers;

namespace McpWorkers.Mcp;

/// <summary>
/// Tells our own relay and command line, as soon as the runs of a call are stored, which they are: if the connection is lost before the
/// answer, they can say what the lost request left running. Nobody else knows this notification, and nobody else gets it.
/// </summary>
internal static class AcceptedNotice
{
    public const string Method = "notifications/mcpworkers/accepted";

    public static async Task SendAsync(ToolCall call, IReadOnlyList<RunTicket> runs)
    {
        if (call.Listener is not { } listener || call.Manager.Caller.Kind is not ("mcp" or "cli") || runs.Count == 0)
        {
            return;
        }

        await listener.TellAsync(new()
        {
            Method = Method,
            Params = new JsonObject
            {
                ["request_id"] = RequestIds.ToJson(listener.RequestId),
                ["runs"] = new JsonArray([.. runs.Select(run => (JsonNode)new JsonObject { ["run_id"] = run.RunId, ["worker_id"] = run.WorkerId })]),
            },
        });
    }
}
