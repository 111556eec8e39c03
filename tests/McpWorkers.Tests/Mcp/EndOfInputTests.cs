using System.Diagnostics;
using System.Text;
using McpWorkers.Engine.Events;
using McpWorkers.Mcp;
using Xunit;

namespace McpWorkers.Tests.Mcp;

public sealed class EndOfInputTests
{
    private static readonly StdioGrace Short = new(TimeSpan.FromSeconds(0.3), TimeSpan.FromSeconds(5));

    [Theory]
    [InlineData("\n")]
    [InlineData("")]
    public async Task Requests_read_before_the_end_are_answered(string lastLineEnd)
    {
        await using var server = new EchoServer();
        var wire = new WireClient(server);
        string calls = string.Join('\n', Enumerable.Range(2, 20).Select(
            id => $$$$"""{"jsonrpc":"2.0","id":{{{{id}}}},"method":"tools/call","params":{"name":"worker_spawn","arguments":{}}}"""));
        await server.Input.WriteAsync(
            Encoding.UTF8.GetBytes($"{WireClient.Initialize}\n{WireClient.Initialized}\n{calls}{lastLineEnd}"), TestContext.Current.CancellationToken);

        await server.Input.DisposeAsync();

        var answers = await wire.ReadToEndAsync();
        Assert.Equal(Enumerable.Range(1, 21), answers.Select(answer => answer["id"]!.GetValue<int>()).Order());
        await server.Served;
    }

    [Fact]
    public async Task Prompts_that_come_together_for_one_worker_keep_their_order()
    {
        await using var server = new EchoServer();
        var wire = new WireClient(server);
        await wire.InitializeAsync();
        string worker = await server.SpawnAsync();
        using var facts = server.Manager.Events.Subscribe();
        var ids = Enumerable.Range(2, 12).ToList();
        string calls = string.Join('\n', ids.Select(
            id => $$$$"""{"jsonrpc":"2.0","id":{{{{id}}}},"method":"tools/call","params":{"name":"worker_execute","arguments":{"worker_id":"{{{{worker}}}}","prompt":"{{{{id}}}}"}}}"""));
        await server.Input.WriteAsync(Encoding.UTF8.GetBytes(calls), TestContext.Current.CancellationToken);

        await server.Input.DisposeAsync();

        var requestOf = (await wire.ReadToEndAsync()).ToDictionary(
            answer => answer["result"]!["structuredContent"]!["metadata"]!["run_id"]!.GetValue<string>(), answer => answer["id"]!.GetValue<int>());
        var accepted = new List<int>();
        while (facts.Reader.TryRead(out var fact))
        {
            if (fact.Kind == WorkerEventKind.Queued)
            {
                accepted.Add(requestOf[fact.RunId!]);
            }
        }

        Assert.Equal(ids, accepted);
    }

    [Theory]
    [InlineData("garbage", -32700, null)]
    [InlineData("""{"jsonrpc":"2.0","id":5,"method":"tools/list" """, -32700, 5)]
    [InlineData("""[{"jsonrpc":"2.0","id":5,"method":"tools/list"}]""", -32600, null)]
    [InlineData("17", -32600, null)]
    [InlineData("""{"jsonrpc":"2.0","id":5}""", -32700, 5)]
    [InlineData("""{"jsonrpc":"1.0","id":5,"method":"tools/list"}""", -32700, 5)]
    [InlineData("""{"jsonrpc":"1.0","method":"notifications/initialized"}""", -32600, null)]
    [InlineData("""{"jsonrpc":"2.0","params":{}}""", -32600, null)]
    [InlineData("""{"params":""", -32700, null)]
    [InlineData("""{"jsonrpc":"2.0","id":{},"method":"tools/list"}""", -32600, null)]
    public async Task A_line_that_is_no_message_is_answered_and_what_follows_is_served(string line, int code, int? id)
    {
        await using var server = new EchoServer();
        var wire = new WireClient(server);
        await wire.InitializeAsync();

        await wire.SendAsync(line);
        await wire.SendAsync("""{"jsonrpc":"2.0","id":6,"method":"ping"}""");

        var refusal = await wire.ReadAsync();
        Assert.Equal(code, refusal["error"]!["code"]!.GetValue<int>());
        Assert.Equal(id, refusal["id"]?.GetValue<int>());
        Assert.True(refusal.AsObject().ContainsKey("id"));
        Assert.Equal(6, (await wire.ReadAsync())["id"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_line_that_is_no_message_does_not_hold_up_the_end()
    {
        await using var server = new EchoServer();
        var wire = new WireClient(server);
        await wire.InitializeAsync();
        await wire.SendAsync("garbage");
        var watch = Stopwatch.StartNew();

        await server.Input.DisposeAsync();
        await server.Served;

        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 1.5);
    }

    [Fact]
    public async Task A_run_that_goes_on_at_the_end_is_stopped_and_its_call_answered()
    {
        await using var server = new EchoServer(grace: Short);
        var wire = new WireClient(server);
        await wire.InitializeAsync();
        string worker = await server.SpawnAsync();
        await wire.SendAsync(
            $$$$"""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"worker_execute","arguments":{"worker_id":"{{{{worker}}}}","prompt":"begun\n!hold"}}}""");
        await ToolCalls.UntilAsync(() => server.Manager.List()[0].Activity == "begun", "the run says its first line");

        await server.Input.DisposeAsync();

        var answer = Assert.Single(await wire.ReadToEndAsync());
        var result = answer["result"]!["structuredContent"]!;
        Assert.Equal("cancelled", result["status"]!.GetValue<string>());
        Assert.Equal("begun", result["output"]!.GetValue<string>());
        await server.Served;
    }

    [Fact]
    public async Task A_cancelled_request_is_not_waited_for()
    {
        await using var server = new EchoServer(grace: new(TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(1)));
        var wire = new WireClient(server);
        await wire.InitializeAsync();
        string worker = await server.SpawnAsync();
        await wire.SendAsync(
            $$$$"""{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"worker_execute","arguments":{"worker_id":"{{{{worker}}}}","prompt":"begun\n!hold"}}}""");
        await ToolCalls.UntilAsync(() => server.Manager.List()[0].Activity == "begun", "the run says its first line");
        await wire.SendAsync("""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}""");
        var watch = Stopwatch.StartNew();

        await server.Input.DisposeAsync();
        await server.Served;

        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 5);
    }

    [Fact]
    public async Task A_client_that_reads_nothing_does_not_hold_up_the_end()
    {
        await using var host = new EchoServer();
        using var input = new MemoryStream(Encoding.UTF8.GetBytes($"{WireClient.Initialize}\n"));
        await using var output = new StuckStream();

        await StdioHost.RunAsync(
            host.Manager, toolSets: null, input, output, TextWriter.Null, new(TimeSpan.FromSeconds(0.3), TimeSpan.FromSeconds(0.3)), TimeProvider.System,
            CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

        Assert.True(output.WasWrittenTo);
    }
}
