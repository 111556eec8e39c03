using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using static McpWorkers.Tests.Conformance.Fixtures.FixtureTool;

namespace McpWorkers.Tests.Conformance.Fixtures;

/// <summary>Tools that send something before their answer, or need a capability of the client.</summary>
internal static class MessageFixtures
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    public static void AddTo(FixtureSet set)
    {
        set.Tool("test_tool_with_progress", async (request, cancellationToken) =>
        {
            if (request.Params!.ProgressToken is not { } token)
            {
                return Text("no token");
            }

            foreach (int progress in (int[])[0, 50, 100])
            {
                await request.Server.NotifyProgressAsync(token, new() { Progress = progress, Total = 100 }, cancellationToken: cancellationToken);
                await Task.Delay(Pause, cancellationToken);
            }

            return Text("progress done");
        });
        set.Tool("test_tool_with_logging", async (request, cancellationToken) =>
        {
            foreach (string line in (string[])["Tool execution started", "Tool processing data", "Tool execution completed"])
            {
                await LogAsync(request.Server, line, cancellationToken);
                await Task.Delay(Pause, cancellationToken);
            }

            return Text("logged");
        });
        set.Tool("test_logging_tool", async (request, cancellationToken) =>
        {
#pragma warning disable MCP9005 // The suites test what is deprecated too.
            if (request.JsonRpcRequest.Context?.LogLevel is { } level && level <= LoggingLevel.Info)
#pragma warning restore MCP9005
            {
                await LogAsync(request.Server, "hello", cancellationToken);
            }

            return Text("ok");
        });
        set.Tool("test_reconnection", async (_, cancellationToken) =>
        {
            await Task.Delay(2 * Pause, cancellationToken);
            return Text("Reconnection test completed successfully");
        });
#pragma warning disable MCP9005
        set.Tool("test_missing_capability", request => request.JsonRpcRequest.Context?.ClientCapabilities?.Sampling is not null
            ? "ok"
            : throw new MissingRequiredClientCapabilityException(new ClientCapabilities { Sampling = new() }, "sampling is required"));
#pragma warning restore MCP9005
        set.Tool("test_streaming_elicitation", _ => "ok");
    }

    private static Task LogAsync(McpSession server, string line, CancellationToken cancellationToken) => server.SendMessageAsync(
        new JsonRpcNotification
        {
            Method = "notifications/message",
            Params = new JsonObject { ["level"] = "info", ["logger"] = "fixture", ["data"] = JsonSerializer.SerializeToNode(line) },
        },
        cancellationToken);
}
