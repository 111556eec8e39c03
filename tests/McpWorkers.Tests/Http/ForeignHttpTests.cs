using System.Text.Json.Nodes;
using McpWorkers.Tests.Mcp;
using McpWorkers.Tests.Mcp.Foreign;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.Http;

/// <summary>Clients that are not ours, over HTTP with a token.</summary>
public sealed class ForeignHttpTests
{
    [Theory(Timeout = 120_000)]
    [InlineData("sdk1.mjs", EchoServer.Legacy)]
    [InlineData("sdk2.mjs", EchoServer.Modern)]
    public async Task The_typescript_sdk_goes_through_the_whole_flow(string script, string protocolVersion)
    {
        using var home = new ProductHome();
        await using var door = await OpenAsync();

        var seen = JsonNode.Parse(await ForeignClient.RunScriptAsync(home, script, $"{door.Url}/mcp", door.Token))!;

        Assert.Equal(protocolVersion, seen["protocolVersion"]!.GetValue<string>());
        Assert.Equal(10, seen["tools"]!.AsArray().Count);
        Assert.Equal("""["completed","completed"]""", seen["statuses"]!.ToJsonString());
        Assert.Equal("[true,true]", seen["hasOutput"]!.ToJsonString());
        Assert.Contains("term_nobody", seen["refused"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(-32602, seen["unknownResource"]!.GetValue<int>());
        Assert.Equal(2, seen["closed"]!.GetValue<int>());
        var progress = seen["progress"]!.AsArray().Select(number => number!.GetValue<double>()).ToList();
        Assert.NotEmpty(progress);
        Assert.Equal(progress.Distinct().Order(), progress);
        Assert.Equal("", door.Log.ToString());
    }

    [Theory(Timeout = 120_000)]
    [InlineData("legacy")]
    [InlineData("modern")]
    public async Task The_inspector_finds_no_fault_and_calls_a_tool(string era)
    {
        using var home = new ProductHome();
        await using var door = await OpenAsync();

        string listed = await ForeignClient.InspectUrlAsync(
            home, $"{door.Url}/mcp", door.Token, "--protocol-era", era, "--method", "tools/list", "--strict");
        string called = await ForeignClient.InspectUrlAsync(
            home, $"{door.Url}/mcp", door.Token, "--protocol-era", era,
            "--method", "tools/call", "--tool-name", "worker_spawn", "--tool-arg", "count=2", "worker_type=simulated");

        Assert.Equal(10, JsonNode.Parse(listed)!["tools"]!.AsArray().Count);
        Assert.Equal(2, JsonNode.Parse(called)!["structuredContent"]!["result"]!.AsArray().Count);
    }

    private static Task<OpenDoor> OpenAsync() => OpenDoor.StartAsync(host: settings => settings with
    {
        WorkerTypes = [.. settings.WorkerTypes, new() { Name = "simulated", Agent = "echo" }],
    });
}
