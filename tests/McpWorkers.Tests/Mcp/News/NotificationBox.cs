using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using ModelContextProtocol.Client;

namespace McpWorkers.Tests.Mcp.News;

/// <summary>Keeps the notifications of some methods that a client gets, in order.</summary>
internal sealed class NotificationBox
{
    private readonly ConcurrentQueue<(string Method, JsonObject Params)> _all = new();

    public NotificationBox(McpClient client, params string[] methods)
    {
        foreach (string method in methods)
        {
            client.RegisterNotificationHandler(method, (notification, _) =>
            {
                _all.Enqueue((method, notification.Params as JsonObject ?? []));
                return ValueTask.CompletedTask;
            });
        }
    }

    public IReadOnlyList<(string Method, JsonObject Params)> All => [.. _all];

    public Task UntilAsync(Func<(string Method, JsonObject Params), bool> wanted, string what) => ToolCalls.UntilAsync(() => _all.Any(wanted), what);
}
