using Xunit;

namespace McpWorkers.Tests.Mcp;

public sealed class RequestFaultsTests
{
    [Theory]
    [InlineData("tools/call", """{"name":"worker_list","arguments":[]}""", "'arguments' must be an object, and is a list")]
    [InlineData("tools/call", """{"name":"worker_list","arguments":"{}"}""", "'arguments' must be an object, and is a string")]
    [InlineData("tools/call", """{"name":["worker_list"]}""", "wrong type")]
    [InlineData("tools/call", "[]", "'params' must be an object")]
    [InlineData("tools/call", """{"name":"worker_spawn","arguments":{"model":"\ud800"}}""", "half of a surrogate pair")]
    [InlineData("tools/call", """{"name":"worker_execute_batch","arguments":{"worker_ids":["a"],"prompts":["x\udc00"]}}""", "half of a surrogate pair")]
    [InlineData("prompts/get", """{"name":"delegate","arguments":{"task":"\ud83d"}}""", "half of a surrogate pair")]
    [InlineData("resources/read", """{"uri":{}}""", "wrong type")]
    [InlineData("completion/complete", """{"ref":{"type":"ref/prompt","name":"delegate"},"argument":7}""", "wrong type")]
    public async Task A_request_that_cannot_be_read_is_told_why(string method, string parameters, string part)
    {
        await using var server = new EchoServer();
        var wire = new WireClient(server);
        await wire.InitializeAsync();

        await wire.SendAsync($$"""{"jsonrpc":"2.0","id":7,"method":"{{method}}","params":{{parameters}}}""");

        var answer = await wire.ReadAsync();
        Assert.Equal(7, answer["id"]!.GetValue<int>());
        string text = answer["error"] is { } error ? error.TextOf("message") : answer["result"]!["content"]![0]!.TextOf("text");
        Assert.Contains(part, text, StringComparison.Ordinal);
        Assert.Equal(-32602, answer["error"]?["code"]?.GetValue<int>() ?? -32602);
        Assert.Equal("", server.Log.ToString());
    }
}
