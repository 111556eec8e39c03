using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Requests;
using McpWorkers.Tests.Mcp;
using McpWorkers.Tests.Mcp.Foreign;
using McpWorkers.Tests.Mcp.Requests;
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
    [InlineData("elicit1.mjs", EchoServer.Legacy, """{"answer":"blue"}""", "blue")]
    [InlineData("elicit2.mjs", EchoServer.Modern, """{"answer":"blue"}""", "blue")]
    [InlineData("elicit1.mjs", EchoServer.Legacy, "decline", "red")]
    [InlineData("elicit2.mjs", EchoServer.Modern, "decline", "red")]
    public async Task The_typescript_sdk_asks_its_user_what_a_worker_asks(string script, string protocolVersion, string says, string decidedAs)
    {
        using var home = new ProductHome();
        await using var door = await OpenAsync();
        string worker = await door.Server.SpawnAsync();
        var running = ForeignClient.RunScriptAsync(home, script, $"{door.Url}/mcp", door.Token, worker, "begun\n!hold\nended", says);
        var asked = await Asking.QuestionAsync(door.Server.Manager, worker);
        if (says == "decline")
        {
            // The call goes on all the same, and whoever else looks may answer.
            await door.Server.Manager.Requests.AnswerAsync(asked.RequestId, new RequestVerdict.Answer("red"), "cli");
        }

        var decided = await Asking.DecidedAsync(door.Server.Manager, asked);
        door.Server.Launcher.Release();
        var seen = JsonNode.Parse(await running)!;

        Assert.Equal(protocolVersion, (string)seen["protocolVersion"]!);
        Assert.Equal((decidedAs, says == "decline" ? "cli" : "elicitation"), (decided.Answer, decided.DecidedBy));
        Assert.Equal(("completed", "begun\nended"), ((string)seen["result"]!["status"]!, (string)seen["result"]!["output"]!));
        Assert.True(says == "decline" || ((string)Assert.Single(seen["asked"]!.AsArray())!["message"]!).Contains("Which colour?", StringComparison.Ordinal));
        Assert.Equal(1, door.Server.Manager.List()[0].RunsDone);
        Assert.Equal("", door.Log.ToString());
    }

    [Theory(Timeout = 120_000)]
    [InlineData("elicit1.mjs", EchoServer.Legacy, "allow", RequestState.Allowed)]
    [InlineData("elicit2.mjs", EchoServer.Modern, "allow", RequestState.Allowed)]
    [InlineData("elicit1.mjs", EchoServer.Legacy, "deny", RequestState.Denied)]
    [InlineData("elicit2.mjs", EchoServer.Modern, "deny", RequestState.Denied)]
    public async Task The_typescript_sdk_asks_its_user_for_leave(string script, string protocolVersion, string decision, RequestState state)
    {
        using var home = new ProductHome();
        await using var door = await OpenAsync();
        string worker = await door.Server.SpawnAsync();
        var running = ForeignClient.RunScriptAsync(
            home, script, $"{door.Url}/mcp", door.Token, worker, "begun\n!hold\nended", $$"""{"decision":"{{decision}}","note":"said so"}""");

        var decided = await Asking.DecidedAsync(door.Server.Manager, await Asking.PermissionAsync(door.Server.Manager, worker));
        door.Server.Launcher.Release();
        var seen = JsonNode.Parse(await running)!;

        Assert.Equal(protocolVersion, (string)seen["protocolVersion"]!);
        Assert.Equal((state, "said so", "elicitation"), (decided.State, decided.Answer, decided.DecidedBy));
        var form = Assert.Single(seen["asked"]!.AsArray())!;
        Assert.Contains("make deploy", (string)form["message"]!, StringComparison.Ordinal);
        Assert.Equal("""["allow","deny"]""", form["requestedSchema"]!["properties"]!["decision"]!["enum"]!.ToJsonString());
        Assert.Equal("completed", (string)seen["result"]!["status"]!);
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
