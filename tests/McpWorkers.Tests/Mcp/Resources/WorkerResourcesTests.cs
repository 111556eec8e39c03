using System.Text.Json.Nodes;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using Xunit;

namespace McpWorkers.Tests.Mcp.Resources;

public sealed class WorkerResourcesTests
{
    [Theory]
    [InlineData(EchoServer.Legacy)]
    [InlineData(EchoServer.Modern)]
    public async Task Workers_and_runs_are_listed_and_can_be_read(string protocolVersion)
    {
        await using var server = new EchoServer();
        var client = await server.ConnectAsync(protocolVersion);
        string worker = await server.SpawnAsync();
        await client.CallAsync("worker_execute", $$"""{"worker_id":"{{worker}}","prompt":"one\ntwo\nthree"}""");
        string runId = server.Manager.List()[0].RunId!;

        var listed = await client.ListResourcesAsync(cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(["mcpworkers://workers", $"mcpworkers://workers/{worker}"], listed.Select(resource => resource.Uri));
        var templates = await client.ListResourceTemplatesAsync(cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(
            [
                "mcpworkers://workers/{worker_id}", "mcpworkers://workers/{worker_id}/changes", "mcpworkers://workers/{worker_id}/diff{?cursor,bytes,digest}",
                "mcpworkers://runs/{run_id}", "mcpworkers://runs/{run_id}/output{?cursor}",
                "mcpworkers://runs/{run_id}/log{?cursor,lines}",
            ],
            templates.Select(template => template.UriTemplate));

        var list = await ReadAsync(client, "mcpworkers://workers");
        Assert.True(JsonNode.DeepEquals((await client.CallAsync("worker_list", "{}")).JsonOf(), list), list.ToJsonString());
        var one = await ReadAsync(client, $"mcpworkers://workers/{worker}");
        Assert.Equal("completed", one.TextOf("status"));
        Assert.Equal($"mcpworkers://runs/{runId}", one.TextOf("result_uri"));
        var result = await ReadAsync(client, one.TextOf("result_uri"));
        Assert.Equal("one\ntwo\nthree", result.TextOf("output"));
        Assert.Equal(runId, result["metadata"]!.TextOf("run_id"));
    }

    [Fact]
    public async Task A_log_is_read_page_by_page_to_its_end()
    {
        await using var server = new EchoServer();
        var client = await server.ConnectAsync();
        string worker = await server.SpawnAsync();
        await client.CallAsync("worker_execute", $$"""{"worker_id":"{{worker}}","prompt":"one\ntwo\nthree"}""");
        string runId = server.Manager.List()[0].RunId!;

        long cursor = 0;
        var offsets = new List<long>();
        JsonNode page;
        int pages = 0;
        do
        {
            page = await ReadAsync(client, $"mcpworkers://runs/{runId}/log?cursor={cursor}&lines=2");
            Assert.Equal(cursor, page["cursor"]!.GetValue<long>());
            Assert.InRange(page["lines"]!.AsArray().Count, 0, 2);
            offsets.AddRange(page["lines"]!.AsArray().Select(line => line!["offset"]!.GetValue<long>()));
            cursor = page["next_cursor"]!.GetValue<long>();
        }
        while (!page["over"]!.GetValue<bool>() && ++pages < 10);

        Assert.True(page["over"]!.GetValue<bool>());
        Assert.NotEmpty(offsets);
        Assert.Equal(offsets.Distinct().Order(), offsets);
    }

    [Fact]
    public async Task A_run_outlives_its_worker_as_a_resource()
    {
        await using var server = new EchoServer();
        var client = await server.ConnectAsync();
        string worker = await server.SpawnAsync();
        await client.CallAsync("worker_execute", $$"""{"worker_id":"{{worker}}","prompt":"said"}""");
        string runId = server.Manager.List()[0].RunId!;

        await client.CallAsync("worker_close", $$"""{"worker_id":"{{worker}}"}""");

        Assert.Equal("said", (await ReadAsync(client, $"mcpworkers://runs/{runId}")).TextOf("output"));
        var gone = await Assert.ThrowsAsync<ModelContextProtocol.McpProtocolException>(() => ReadAsync(client, $"mcpworkers://workers/{worker}"));
        Assert.Contains("mcpworkers://workers", gone.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mcpworkers://workers/term_0000000000ff")]
    [InlineData("mcpworkers://workers/")]
    [InlineData("mcpworkers://workers?cursor=1")]
    [InlineData("mcpworkers://runs/")]
    [InlineData("mcpworkers://runs/run_0000000000000000/log?lines=0")]
    [InlineData("mcpworkers://runs/run_0000000000000000/log?lines=10001")]
    [InlineData("mcpworkers://runs/run_0000000000000000/output?lines=1")]
    [InlineData("mcpworkers://runs/run_0000000000000000/notes")]
    [InlineData("mcpworkers://runs/run_0000000000000000/output?cursor=99999999999999999999")]
    public async Task Addresses_of_nothing_are_refused(string uri)
    {
        await using var server = new EchoServer();
        var client = await server.ConnectAsync();

        var error = await Assert.ThrowsAsync<ModelContextProtocol.McpProtocolException>(() => ReadAsync(client, uri));

        Assert.Equal(ModelContextProtocol.McpErrorCode.InvalidParams, error.ErrorCode);
        Assert.Equal(uri, error.Data["uri"]?.ToString());
    }

    [Fact]
    public async Task Many_workers_are_listed_in_pages()
    {
        await using var server = new EchoServer(settings => settings with { MaxWorkers = 450 });
        var client = await server.ConnectAsync();
        for (int i = 0; i < 9; i++)
        {
            await server.Manager.SpawnAsync(new() { Count = 50 }, TestContext.Current.CancellationToken);
        }

        var first = await client.SendAsync("resources/list", "{}");
        var all = await client.ListResourcesAsync(cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(201, first["resources"]!.AsArray().Count);
        Assert.Equal("private", first.TextOf("cacheScope"));
        Assert.Equal(0, first["ttlMs"]!.GetValue<double>());
        Assert.Equal(451, all.Select(resource => resource.Uri).Distinct().Count());
        await Assert.ThrowsAsync<ModelContextProtocol.McpProtocolException>(() => client.SendAsync("resources/list", """{"cursor":"term_nobody"}"""));
    }

    private static async Task<JsonNode> ReadAsync(McpClient client, string uri)
    {
        var read = await client.ReadResourceAsync(uri, cancellationToken: TestContext.Current.CancellationToken);
        var content = Assert.IsType<TextResourceContents>(Assert.Single(read.Contents));
        Assert.Equal(uri, content.Uri);
        return JsonNode.Parse(content.Text)!;
    }
}
