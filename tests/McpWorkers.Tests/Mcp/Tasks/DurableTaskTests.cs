using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers;
using McpWorkers.Engine.Workers.Composition;
using ModelContextProtocol.Client;
using Xunit;

namespace McpWorkers.Tests.Mcp.Tasks;

/// <summary>Tasks over hosts that end while their runs, which are real processes, go on.</summary>
public sealed class DurableTaskTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("mcp-tasks-");

    private string Go => Path.Combine(_root.FullName, "go");

    [Theory(Timeout = 60_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_task_is_completed_once_whether_its_run_ends_before_or_after_the_next_host_begins(bool endsBetween)
    {
        string taskId;
        await using (var first = await HostAsync())
        {
            var client = await first.ConnectAsync();
            string worker = (await client.CallAsync("worker_spawn", "{}")).JsonOf()[0]!.GetValue<string>();
            taskId = (await client.SendCallAsync("worker_execute_batch", $$"""{"worker_ids":["{{worker}}","term_nobody"],"prompts":["said","x"]}""")).TextOf("taskId");
            Assert.Equal("working", (await GetAsync(client, taskId)).TextOf("status"));
        }

        if (endsBetween)
        {
            await File.WriteAllTextAsync(Go, "", TestContext.Current.CancellationToken);
        }

        await using var second = await HostAsync();
        var again = await second.ConnectAsync();
        if (!endsBetween)
        {
            Assert.Equal("working", (await GetAsync(again, taskId)).TextOf("status"));
            await File.WriteAllTextAsync(Go, "", TestContext.Current.CancellationToken);
        }

        var over = await UntilOverAsync(again, taskId);
        Assert.Equal("completed", over.TextOf("status"));
        var items = over["result"]!["structuredContent"]!["result"]!.AsArray();
        Assert.True(items is [{ } done, { } refused] && (done.TextOf("status"), refused.TextOf("status")) == ("completed", "failed"), items.ToJsonString());
        Assert.Equal("said", items[0]!.TextOf("output").Trim());
        Assert.Equal(1, second.Manager.List()[0].RunsDone);
        Assert.True(JsonNode.DeepEquals(over["result"], (await GetAsync(again, taskId))["result"]));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_task_of_an_earlier_host_can_be_cancelled()
    {
        string taskId;
        await using (var first = await HostAsync())
        {
            var client = await first.ConnectAsync();
            string worker = (await client.CallAsync("worker_spawn", "{}")).JsonOf()[0]!.GetValue<string>();
            taskId = (await client.SendCallAsync("worker_execute", $$"""{"worker_id":"{{worker}}","prompt":"said"}""")).TextOf("taskId");
        }

        await using (var second = await HostAsync())
        {
            var client = await second.ConnectAsync();
            await client.SendAsync("tasks/cancel", $$"""{"taskId":"{{taskId}}"}""");
            Assert.Equal("cancelled", (await UntilOverAsync(client, taskId)).TextOf("status"));
        }

        await using var third = await HostAsync();
        Assert.Equal("cancelled", (await GetAsync(await third.ConnectAsync(), taskId)).TextOf("status"));
    }

    public void Dispose() => _root.Delete(recursive: true);

    private static Task<JsonObject> GetAsync(McpClient client, string taskId) => client.SendAsync("tasks/get", $$"""{"taskId":"{{taskId}}"}""");

    private static async Task<JsonObject> UntilOverAsync(McpClient client, string taskId)
    {
        JsonObject state = [];
        await ToolCalls.UntilAsync(async () => (state = await GetAsync(client, taskId)).TextOf("status") != "working", "the task is over");
        return state;
    }

    private async Task<Host> HostAsync()
    {
        var directory = DataDirectory.Take(Path.Combine(_root.FullName, "data"));
        var settings = new HostSettings
        {
            DataDirectory = directory.Path,
            DefaultType = "patient",
            WorkerTypes =
            [
                new() { Name = "patient", Agent = "command", Command = ["/bin/sh", "-c", $"until [ -e '{Go}' ]; do sleep 0.05; done; cat"] },
            ],
        };
        return new(directory, await new EngineFactory(new() { Settings = settings }, TimeProvider.System).OpenAsync(directory));
    }

    /// <summary>A host of the data directory; what it runs goes on when it ends.</summary>
    private sealed class Host(DataDirectory directory, WorkerManager manager) : IAsyncDisposable
    {
        private readonly PipedServer _server = new(manager, TextWriter.Null);

        public WorkerManager Manager => manager;

        public Task<McpClient> ConnectAsync() => _server.ConnectAsync(EchoServer.Modern, tasks: true);

        public async ValueTask DisposeAsync()
        {
            await _server.DisposeAsync();
            await manager.LeaveAsync();
            directory.Dispose();
        }
    }
}
