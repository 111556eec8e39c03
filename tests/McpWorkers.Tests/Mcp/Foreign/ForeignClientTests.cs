using System.Text.Json.Nodes;
using McpWorkers.Daemon;
using McpWorkers.Engine.Workers.Hosting;
using McpWorkers.Tests.Product;
using McpWorkers.Voice;
using Xunit;

namespace McpWorkers.Tests.Mcp.Foreign;

/// <summary>Clients that are not ours, against the built product with simulated workers.</summary>
public sealed class ForeignClientTests
{
    [Theory(Timeout = 120_000)]
    [InlineData("sdk1.mjs", EchoServer.Legacy)]
    [InlineData("sdk2.mjs", EchoServer.Modern)]
    public async Task The_typescript_sdk_goes_through_the_whole_flow(string script, string protocolVersion)
    {
        using var home = new ProductHome();

        var seen = JsonNode.Parse(await ForeignClient.RunScriptAsync(home, script))!;

        Assert.Equal(protocolVersion, seen["protocolVersion"]!.GetValue<string>());
        Assert.Equal(10, seen["tools"]!.AsArray().Count);
        Assert.Equal("mcpworkers://runs/{run_id}/output{?cursor}", seen["templates"]![4]!.GetValue<string>());
        Assert.True(seen["instructions"]!.GetValue<int>() > 100);
        Assert.Equal("""["completed","completed"]""", seen["statuses"]!.ToJsonString());
        Assert.Equal("[true,true]", seen["hasOutput"]!.ToJsonString());
        Assert.Equal("""["completed","completed"]""", seen["states"]!.ToJsonString());
        Assert.Equal(2, seen["structuredSpawned"]!.GetValue<int>());
        Assert.Contains("term_nobody", seen["refused"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(-32602, seen["unknownResource"]!.GetValue<int>());
        Assert.Equal(3, seen["resources"]!.GetValue<int>());
        Assert.Equal(2, seen["workers"]!.GetValue<int>());
        Assert.Equal("""["collect","delegate","investigate","review"]""", seen["prompts"]!.ToJsonString());
        Assert.True(seen["promptNamesWorker"]!.GetValue<bool>());
        Assert.Equal(2, seen["completed"]!.GetValue<int>());
        Assert.Equal(2, seen["closed"]!.GetValue<int>());
        var progress = seen["progress"]!.AsArray().Select(number => number!.GetValue<double>()).ToList();
        Assert.NotEmpty(progress);
        Assert.Equal(progress.Distinct().Order(), progress);
    }

    [Theory(Timeout = 120_000)]
    [InlineData("elicit1.mjs", EchoServer.Legacy)]
    [InlineData("elicit2.mjs", EchoServer.Modern)]
    public async Task What_a_worker_asks_comes_to_the_clients_user_through_the_relay(string script, string protocolVersion)
    {
        var limit = TimeSpan.FromSeconds(60);
        using var home = new ProductHome();
        home.WriteWorkerTypes(new JsonObject { ["name"] = "simulated", ["agent"] = "simulated", ["permission"] = "full" });
        var running = ForeignClient.RunThroughRelayAsync(
            home, script, "-", "[[pace:fast]] [[shell:touch begun; while test ! -e go; do sleep 0.1; done]] [[text:went on]]", """{"answer":"blue"}""");
        await LiveProcesses.UntilAsync(() => running.IsCompleted || File.Exists(Path.Combine(home.Work, "begun")), limit, "the worker runs");
        string runId = Path.GetFileName(Assert.Single(home.RunDirectories()));

        // As the run's own server does it.
        await using var own = new VoiceLink(home.Data, RunSeals.Open(Path.Combine(home.Data, "run.secret")).Make(runId), TimeProvider.System);
        var answer = await own.CallAsync(
            RunMethods.Ask, new() { ["key"] = "k", ["question"] = "Which colour?", ["hold_seconds"] = 40 }, limit, TestContext.Current.CancellationToken);
        await own.CallAsync(RunMethods.Given, new() { ["request_id"] = (string?)answer!["request_id"] }, limit, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(home.Work, "go"), "", TestContext.Current.CancellationToken);
        var seen = JsonNode.Parse(await running)!;

        Assert.Equal(("answered", "blue", "elicitation"), ((string?)answer["state"], (string?)answer["answer"], (string?)answer["decided_by"]));
        Assert.Equal(protocolVersion, (string?)seen["protocolVersion"]);
        Assert.Contains("Which colour?", (string)Assert.Single(seen["asked"]!.AsArray())!["message"]!, StringComparison.Ordinal);
        Assert.Equal(("completed", runId), ((string?)seen["result"]!["status"], (string?)seen["result"]!["metadata"]!["run_id"]));
    }

    [Theory(Timeout = 120_000)]
    [InlineData("legacy")]
    [InlineData("modern")]
    public async Task The_inspector_finds_no_fault_in_the_tools(string era)
    {
        using var home = new ProductHome();

        string said = await ForeignClient.InspectAsync(home, "--protocol-era", era, "--method", "tools/list", "--strict");

        Assert.Equal(10, JsonNode.Parse(said)!["tools"]!.AsArray().Count);
    }

    [Theory(Timeout = 120_000)]
    [InlineData("legacy")]
    [InlineData("modern")]
    public async Task The_inspector_calls_a_tool(string era)
    {
        using var home = new ProductHome();

        string said = await ForeignClient.InspectAsync(
            home, "--protocol-era", era, "--method", "tools/call", "--tool-name", "worker_spawn", "--tool-arg", "count=2", "worker_type=simulated");

        Assert.Equal(2, JsonNode.Parse(said)!["structuredContent"]!["result"]!.AsArray().Count);
    }
}
