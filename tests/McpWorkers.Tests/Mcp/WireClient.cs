using System.Text;
using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;
using Xunit;

namespace McpWorkers.Tests.Mcp;

/// <summary>Speaks the bare protocol, line by line, so that the order on the wire can be seen.</summary>
internal sealed class WireClient(EchoServer server)
{
    public const string Initialize =
        """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"wire","version":"1"}}}""";

    public const string Initialized = """{"jsonrpc":"2.0","method":"notifications/initialized"}""";

    private readonly StreamReader _reader = new(server.Output);

    public async Task InitializeAsync()
    {
        await SendAsync(Initialize);
        Assert.Equal(1, (await ReadAsync())["id"]!.GetValue<int>());
        await SendAsync(Initialized);
    }

    public async Task SendAsync(string message) =>
        await server.Input.WriteAsync(Encoding.UTF8.GetBytes(message.ReplaceLineEndings("") + "\n"));

    /// <summary>The next message but for news of workers that come and go, which may stand anywhere.</summary>
    public async Task<JsonNode> ReadAsync()
    {
        while (true)
        {
            string? line = await _reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(20));
            Assert.NotNull(line);
            var message = JsonNode.Parse(line)!;
            if (!IsNewsOfTheList(message))
            {
                return message;
            }
        }
    }

    /// <summary>All messages until the server closes its output, but for those news.</summary>
    public async Task<IReadOnlyList<JsonNode>> ReadToEndAsync()
    {
        string all = await _reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(20));
        return [.. all.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).Where(message => !IsNewsOfTheList(message))];
    }

    private static bool IsNewsOfTheList(JsonNode message) => message["method"]?.GetValue<string>() == NotificationMethods.ResourceListChangedNotification;
}
