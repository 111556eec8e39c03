using System.Text;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Mcp;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using Xunit;

namespace McpWorkers.Tests.Mcp;

public sealed class LongOutputTests
{
    [Theory]
    [InlineData(EchoServer.Legacy)]
    [InlineData(EchoServer.Modern)]
    public async Task The_rest_of_a_long_output_is_read_page_by_page(string protocolVersion)
    {
        await using var server = new EchoServer(settings => settings with { OutputInlineMax = 1000 });
        var client = await server.ConnectAsync(protocolVersion);
        string worker = await server.SpawnAsync();

        var result = (await client.CallAsync("worker_execute", $$"""{"worker_id":"{{worker}}","prompt":"!long 2500"}""")).JsonOf();
        var metadata = result["metadata"]!;
        Assert.True(metadata["output_truncated"]!.GetValue<bool>());
        Assert.Equal(2500, metadata["output_length"]!.GetValue<int>());
        Assert.Equal(1000, metadata["next_cursor"]!.GetValue<int>());

        var text = new StringBuilder(result["output"]!.GetValue<string>());
        string? uri = metadata["output_resource"]!.GetValue<string>();
        for (int page = 0; uri is not null && page < 10; page++)
        {
            var read = await client.ReadResourceAsync(uri, cancellationToken: TestContext.Current.CancellationToken);
            var content = Assert.IsType<TextResourceContents>(Assert.Single(read.Contents));
            Assert.Equal(uri, content.Uri);
            Assert.Equal(2500, content.Meta!["total_length"]!.GetValue<int>());
            text.Append(content.Text);
            uri = content.Meta["next_uri"]?.GetValue<string>();
        }

        Assert.Null(uri);
        Assert.Equal(string.Concat(Enumerable.Range(0, 2500).Select(i => (char)('a' + (i % 26)))), text.ToString());
    }

    [Fact]
    public async Task An_output_of_just_the_limit_is_whole()
    {
        await using var server = new EchoServer(settings => settings with { OutputInlineMax = 1000 });
        var client = await server.ConnectAsync();
        string worker = await server.SpawnAsync();

        var result = (await client.CallAsync("worker_execute", $$"""{"worker_id":"{{worker}}","prompt":"!long 1000"}""")).JsonOf();

        Assert.Equal(1000, result["output"]!.GetValue<string>().Length);
        Assert.Null(result["metadata"]!["output_truncated"]);
    }

    [Fact]
    public void A_character_is_not_cut_in_two()
    {
        var result = new WorkerResult
        {
            WorkerId = "term_000000000000",
            Status = WorkerStatus.Completed,
            Output = "ab😀cd",
            Metadata = new() { ["run_id"] = "run_0123456789abcdef" },
            Timestamp = DateTimeOffset.UnixEpoch,
        };

        var cut = ResultView.Of(result, 3);

        Assert.Equal("ab", cut["output"]!.GetValue<string>());
        Assert.Equal("mcpworkers://runs/run_0123456789abcdef/output?cursor=2", cut["metadata"]!["output_resource"]!.GetValue<string>());
        Assert.Equal("ab😀", ResultView.Of(result, 4)["output"]!.GetValue<string>());
        Assert.Null(((JsonObject)result.Metadata)["output_truncated"]);
    }

    [Theory]
    [InlineData(EchoServer.Legacy, "mcpworkers://runs/run_0000000000000000/output")]
    [InlineData(EchoServer.Modern, "mcpworkers://runs/run_0000000000000000/output?cursor=5")]
    [InlineData(EchoServer.Modern, "mcpworkers://runs/../../etc/passwd/output")]
    [InlineData(EchoServer.Modern, "mcpworkers://runs/run_0000000000000000/output?cursor=-1")]
    [InlineData(EchoServer.Modern, "file:///etc/passwd")]
    public async Task An_unknown_resource_is_refused_by_its_address(string protocolVersion, string uri)
    {
        await using var server = new EchoServer();
        var client = await server.ConnectAsync(protocolVersion);

        var error = await Assert.ThrowsAsync<McpProtocolException>(
            () => client.ReadResourceAsync(uri, cancellationToken: TestContext.Current.CancellationToken).AsTask());

        Assert.Equal(McpErrorCode.InvalidParams, error.ErrorCode);
        Assert.Contains(uri, error.Message, StringComparison.Ordinal);
        Assert.Equal(uri, error.Data["uri"]?.ToString());
    }
}
