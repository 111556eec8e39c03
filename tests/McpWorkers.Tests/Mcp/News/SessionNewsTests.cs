using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using Xunit;

namespace McpWorkers.Tests.Mcp.News;

/// <summary>What sessions of revision 2025-11-25 are told unasked.</summary>
public sealed class SessionNewsTests
{
    [Fact]
    public async Task Workers_that_come_and_go_change_the_list_and_subscribed_resources_are_told_of()
    {
        await using var server = new EchoServer();
        var client = await server.ConnectAsync(EchoServer.Legacy);
        var box = new NotificationBox(client, NotificationMethods.ResourceListChangedNotification, NotificationMethods.ResourceUpdatedNotification);
        Assert.True(client.ServerCapabilities.Resources!.Subscribe);
        Assert.True(client.ServerCapabilities.Resources.ListChanged);

        // After a call that was answered, what the client said before it has been heard too.
        await client.CallAsync("worker_list", "{}");
        string worker = await server.SpawnAsync();
        await box.UntilAsync(one => one.Method == NotificationMethods.ResourceListChangedNotification, "the list changed");
        string uri = $"mcpworkers://workers/{worker}";
        await using (await client.SubscribeToResourceAsync(uri, (_, _) => ValueTask.CompletedTask, cancellationToken: TestContext.Current.CancellationToken))
        {
            await client.CallAsync("worker_execute", $$"""{"worker_id":"{{worker}}","prompt":"said"}""");
            await box.UntilAsync(one => one.Method == NotificationMethods.ResourceUpdatedNotification && one.Params.TextOf("uri") == uri, "the worker changed");
        }

        Assert.DoesNotContain(box.All, one => one.Method == NotificationMethods.ResourceUpdatedNotification && one.Params.TextOf("uri") != uri);
    }

    [Fact]
    public async Task Who_unsubscribed_hears_no_more()
    {
        await using var server = new EchoServer();
        var client = await server.ConnectAsync(EchoServer.Legacy);
        var box = new NotificationBox(client, NotificationMethods.ResourceUpdatedNotification, NotificationMethods.ResourceListChangedNotification);
        string worker = await server.SpawnAsync();
        string uri = $"mcpworkers://workers/{worker}";
        await client.SendAsync("resources/subscribe", $$"""{"uri":"{{uri}}"}""");
        await client.SendAsync("resources/unsubscribe", $$"""{"uri":"{{uri}}"}""");

        await client.CallAsync("worker_execute", $$"""{"worker_id":"{{worker}}","prompt":"said"}""");
        int before = box.All.Count(one => one.Method == NotificationMethods.ResourceListChangedNotification);
        await server.SpawnAsync();
        await ToolCalls.UntilAsync(
            () => box.All.Count(one => one.Method == NotificationMethods.ResourceListChangedNotification) > before, "news of a later fact");

        Assert.DoesNotContain(box.All, one => one.Method == NotificationMethods.ResourceUpdatedNotification);
    }

    [Theory]
    [InlineData("mcpworkers://workers/term_nobody")]
    [InlineData("mcpworkers://runs/run_0000000000000000/log")]
    [InlineData("file:///etc/passwd")]
    public async Task What_is_not_there_cannot_be_subscribed_to(string uri)
    {
        await using var server = new EchoServer();
        var client = await server.ConnectAsync(EchoServer.Legacy);

        var error = await Assert.ThrowsAsync<McpProtocolException>(() => client.SendAsync("resources/subscribe", $$"""{"uri":"{{uri}}"}"""));

        Assert.Contains(uri, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_says_much_is_told_of_a_few_times()
    {
        await using var server = new EchoServer();
        var client = await server.ConnectAsync(EchoServer.Legacy);
        var box = new NotificationBox(client, NotificationMethods.ResourceUpdatedNotification);
        string worker = await server.SpawnAsync();
        await client.SendAsync("resources/subscribe", $$"""{"uri":"mcpworkers://workers/{{worker}}"}""");
        string prompt = string.Join("\\n", Enumerable.Range(0, 2000));
        long begun = TimeProvider.System.GetTimestamp();

        await client.CallAsync("worker_execute", $$"""{"worker_id":"{{worker}}","prompt":"{{prompt}}"}""");
        await box.UntilAsync(_ => true, "some news");

        Assert.InRange(box.All.Count, 1, 2 + (int)(TimeProvider.System.GetElapsedTime(begun) / McpWorkers.Mcp.News.NewsRounds.Pause));
    }
}
