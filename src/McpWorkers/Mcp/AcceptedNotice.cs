using System.Text.Json.Nodes;
using McpWorkers.Engine.Workers;
using ModelContextProtocol.Protocol;

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
        if (call.Request is not { } request || call.Manager.Caller.Kind is not ("mcp" or "cli") || runs.Count == 0)
        {
            return;
        }

        // Not cancelled with the request: half a message would spoil the stream for all that follow.
        await request.Server.SendMessageAsync(
            new JsonRpcNotification
            {
                Method = Method,
                Params = new JsonObject
                {
                    ["request_id"] = RequestIds.ToJson(request.JsonRpcRequest.Id),
                    ["runs"] = new JsonArray([.. runs.Select(run => (JsonNode)new JsonObject { ["run_id"] = run.RunId, ["worker_id"] = run.WorkerId })]),
                },
            },
            CancellationToken.None);
    }
}
