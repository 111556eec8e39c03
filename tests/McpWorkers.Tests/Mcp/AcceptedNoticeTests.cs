using System.Text.Json.Nodes;
using Xunit;

namespace McpWorkers.Tests.Mcp;

public sealed class AcceptedNoticeTests
{
    private const string Notice = "notifications/mcpworkers/accepted";

    [Theory]
    [InlineData("mcp")]
    [InlineData("cli")]
    public async Task Our_own_clients_hear_which_runs_a_request_has_before_its_answer(string kind)
    {
        await using var server = new EchoServer(caller: new() { Kind = kind });
        var wire = new WireClient(server);
        await wire.InitializeAsync();
        string first = await server.SpawnAsync();
        string second = await server.SpawnAsync();

        await wire.SendAsync(
            $$$$"""{"jsonrpc":"2.0","id":"seven","method":"tools/call","params":{"name":"worker_execute","arguments":{"worker_id":"{{{{first}}}}","prompt":"!hold"}}}""");
        var one = await wire.ReadAsync();
        Assert.Equal(Notice, one["method"]!.GetValue<string>());
        Assert.Equal("seven", one["params"]!["request_id"]!.GetValue<string>());
        var run = Assert.Single(one["params"]!["runs"]!.AsArray());
        Assert.Equal(first, run!["worker_id"]!.GetValue<string>());
        Assert.Equal(server.Manager.List()[0].RunId, run["run_id"]!.GetValue<string>());

        await wire.SendAsync(
            $$$$"""
            {"jsonrpc":"2.0","id":8,"method":"tools/call","params":{"name":"worker_execute_batch","arguments":{
            "worker_ids":["{{{{second}}}}","term_nobody","{{{{second}}}}"],"prompts":["a","b","c"]}}}
            """);
        var many = await wire.ReadAsync();
        Assert.Equal(Notice, many["method"]!.GetValue<string>());
        Assert.Equal(8, many["params"]!["request_id"]!.GetValue<int>());
        Assert.Equal([second, second], many["params"]!["runs"]!.AsArray().Select(item => item!["worker_id"]!.GetValue<string>()));
        var batch = await wire.ReadAsync();
        Assert.Equal(8, batch["id"]!.GetValue<int>());
        JsonNode[] results = [.. batch["result"]!["structuredContent"]!["result"]!.AsArray().Where(item => item!["status"]!.GetValue<string>() == "completed")!];
        Assert.Equal(
            many["params"]!["runs"]!.AsArray().Select(item => item!["run_id"]!.GetValue<string>()),
            results.Select(item => item["metadata"]!["run_id"]!.GetValue<string>()));

        server.Launcher.Release();
        Assert.Equal("seven", (await wire.ReadAsync())["id"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("http")]
    [InlineData("library")]
    public async Task Nobody_else_hears_of_it(string kind)
    {
        await using var server = new EchoServer(caller: new() { Kind = kind });
        var wire = new WireClient(server);
        await wire.InitializeAsync();
        string worker = await server.SpawnAsync();

        await wire.SendAsync(
            $$$$"""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"worker_execute","arguments":{"worker_id":"{{{{worker}}}}","prompt":"hi"}}}""");

        Assert.Equal(7, (await wire.ReadAsync())["id"]!.GetValue<int>());
    }

    [Fact]
    public async Task What_is_refused_left_nothing_running_and_is_not_noticed()
    {
        await using var server = new EchoServer(caller: new() { Kind = "mcp" });
        var wire = new WireClient(server);
        await wire.InitializeAsync();

        await wire.SendAsync(
            """{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"worker_execute_batch","arguments":{"worker_ids":["term_nobody"],"prompts":["hi"]}}}""");

        Assert.Equal(7, (await wire.ReadAsync())["id"]!.GetValue<int>());
    }
}
