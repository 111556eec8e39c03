using ModelContextProtocol.Client;
using Xunit;

namespace McpWorkers.Tests.Mcp;

public sealed class CompletionsTests
{
    private const string Investigate = """{"type":"ref/prompt","name":"investigate"}""";
    private const string Delegate = """{"type":"ref/prompt","name":"delegate"}""";
    private const string Review = """{"type":"ref/prompt","name":"review"}""";
    private const string Worker = """{"type":"ref/resource","uri":"mcpworkers://workers/{worker_id}"}""";
    private const string Log = """{"type":"ref/resource","uri":"mcpworkers://runs/{run_id}/log{?cursor,lines}"}""";

    [Theory]
    [InlineData(EchoServer.Legacy)]
    [InlineData(EchoServer.Modern)]
    public async Task Types_and_ids_are_completed_wherever_they_are_asked_for(string protocolVersion)
    {
        await using var server = new EchoServer();
        var client = await server.ConnectAsync(protocolVersion);
        string worker = await server.SpawnAsync();
        await client.CallAsync("worker_execute", $$"""{"worker_id":"{{worker}}","prompt":"said"}""");
        string runId = server.Manager.List()[0].RunId!;

        Assert.NotNull(client.ServerCapabilities.Completions);
        Assert.Equal(["echo", "absent"], await CompleteAsync(client, Delegate, "worker_type", ""));
        Assert.Equal(["absent"], await CompleteAsync(client, Delegate, "worker_type", "AB"));
        Assert.Equal(["echo, absent"], await CompleteAsync(client, Review, "worker_types", "echo, a"));
        Assert.Equal([worker], await CompleteAsync(client, Investigate, "worker_id", "term_"));
        Assert.Equal([worker], await CompleteAsync(client, Worker, "worker_id", worker[..8]));
        Assert.Equal([runId], await CompleteAsync(client, Log, "run_id", ""));
        Assert.Empty(await CompleteAsync(client, Log, "run_id", "nobody"));
        Assert.Empty(await CompleteAsync(client, Log, "cursor", ""));
    }

    [Fact]
    public async Task Of_many_values_a_hundred_are_given_and_the_number_of_all()
    {
        await using var server = new EchoServer();
        var client = await server.ConnectAsync();
        for (int i = 0; i < 3; i++)
        {
            await server.Manager.SpawnAsync(new() { Count = 50 }, TestContext.Current.CancellationToken);
        }

        var completion = (await client.SendAsync("completion/complete", Asked(Worker, "worker_id", "")))["completion"]!;

        Assert.Equal(100, completion["values"]!.AsArray().Count);
        Assert.Equal(150, completion["total"]!.GetValue<int>());
        Assert.True(completion["hasMore"]!.GetValue<bool>());
    }

    private static async Task<IEnumerable<string>> CompleteAsync(McpClient client, string of, string argument, string typed) =>
        [.. (await client.SendAsync("completion/complete", Asked(of, argument, typed)))["completion"]!["values"]!.AsArray().Select(value => value!.GetValue<string>())];

    private static string Asked(string of, string argument, string typed) =>
        $$$"""{"ref":{{{of}}},"argument":{"name":"{{{argument}}}","value":"{{{typed}}}"}}""";
}
