using System.Text.Json.Nodes;
using McpWorkers.Mcp;
using Xunit;

namespace McpWorkers.Tests.Mcp;

public sealed class CallProgressTests
{
    [Fact]
    public async Task Progress_rises_is_not_hurried_and_ends_before_the_result()
    {
        await using var server = new EchoServer();
        var wire = new WireClient(server);
        await wire.InitializeAsync();
        string first = await server.SpawnAsync();
        string second = await server.SpawnAsync();
        long begun = TimeProvider.System.GetTimestamp();
        await wire.SendAsync(
            $$$$"""
            {"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"worker_execute_batch","_meta":{"progressToken":"p"},
            "arguments":{"worker_ids":["{{{{first}}}}","{{{{second}}}}","term_nobody"],"prompts":["line one\n!hold\nmore","quick","x"]}}}
            """);
        var seen = new List<JsonNode>();
        while (true)
        {
            var message = await wire.ReadAsync();
            if (message["id"]?.GetValue<int>() == 7)
            {
                break;
            }

            Assert.Equal("notifications/progress", message["method"]!.GetValue<string>());
            Assert.Equal("p", message["params"]!["progressToken"]!.GetValue<string>());
            seen.Add(message["params"]!);
            if (seen[^1]["message"]!.GetValue<string>().StartsWith("2/3 done", StringComparison.Ordinal))
            {
                server.Launcher.Release();
            }
        }

        var numbers = seen.Select(one => one["progress"]!.GetValue<double>()).ToList();
        Assert.Equal(numbers.Distinct().Order(), numbers);
        Assert.Contains(seen, one => one["message"]!.GetValue<string>() is var text
            && text.StartsWith("2/3 done", StringComparison.Ordinal) && text.Contains(first, StringComparison.Ordinal) && text.Contains("line one", StringComparison.Ordinal));
        Assert.InRange(seen.Count, 1, 1 + (int)(TimeProvider.System.GetElapsedTime(begun) / CallProgress.Pause));

        // Whatever came late would stand before the answer to the next request.
        await wire.SendAsync("""{"jsonrpc":"2.0","id":8,"method":"ping"}""");
        Assert.Equal(8, (await wire.ReadAsync())["id"]!.GetValue<int>());
    }

    [Fact]
    public async Task Nobody_who_does_not_ask_gets_progress()
    {
        await using var server = new EchoServer();
        var wire = new WireClient(server);
        await wire.InitializeAsync();
        string worker = await server.SpawnAsync();

        await wire.SendAsync(
            $$$$"""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"worker_execute","arguments":{"worker_id":"{{{{worker}}}}","prompt":"hi"}}}""");

        Assert.Equal(7, (await wire.ReadAsync())["id"]!.GetValue<int>());
    }
}
