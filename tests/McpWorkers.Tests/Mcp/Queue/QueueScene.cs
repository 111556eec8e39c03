using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Tasks;
using McpWorkers.Engine.Workers;
using McpWorkers.Mcp;
using ModelContextProtocol.Protocol;
using Xunit;

namespace McpWorkers.Tests.Mcp.Queue;

/// <summary>A queue over <see cref="EchoAgent"/> workers, and the tools over both; nothing is tried twice by itself.</summary>
internal sealed class QueueScene : IAsyncDisposable
{
    private readonly ToolCatalog _tools;

    private QueueScene(EchoServer server, TaskManager tasks)
    {
        Server = server;
        Tasks = tasks;
        _tools = new ToolCatalog(server.Manager, server.Log, TimeProvider.System, tasks);
    }

    public EchoServer Server { get; }

    public TaskManager Tasks { get; }

    public static async Task<QueueScene> OpenAsync()
    {
        var server = new EchoServer(Settings);
        return new(server, await TaskManager.OpenAsync(server.Manager));
    }

    /// <summary>Two roles, of which one has a limit of its own.</summary>
    public static HostSettings Settings(HostSettings settings) => settings with
    {
        Roles =
        [
            new() { Name = "code", Concurrency = 4, Retry = new() { MaxAttempts = 1 } },
            new() { Name = "docs", Concurrency = 1, Retry = new() { MaxAttempts = 1 } },
        ],
    };

    public Task<CallToolResult> CallAsync(string tool, string arguments) => CallAsync(tool, arguments, new Caller { Kind = "http" });

    public Task<CallToolResult> CallAsync(string tool, string arguments, Caller caller) =>
        _tools.CallAsync(tool, JsonNode.Parse(arguments)!.AsObject(), caller, TestContext.Current.CancellationToken);

    /// <summary>Adds a task and gives its id.</summary>
    public async Task<string> AddAsync(string prompt, string fields = "") =>
        (await CallAsync("task_add", $$"""{"tasks":[{"prompt":{{System.Text.Json.JsonSerializer.Serialize(prompt)}}{{fields}}}]}""")).JsonOf().AsArray().Single()!.TextOf("task_id");

    /// <summary>Waits until a task is over.</summary>
    public async Task<JsonNode> OverAsync(string taskId)
    {
        var waited = (await CallAsync("task_wait", $$"""{"task_ids":["{{taskId}}"],"timeout":20}""")).JsonOf();
        Assert.True(waited["over"]!.GetValue<bool>(), waited.ToJsonString());
        return waited["tasks"]![0]!;
    }

    /// <summary>Waits for a task to be so.</summary>
    public Task UntilAsync(string taskId, string status) => ToolCalls.UntilAsync(
        async () => (await CallAsync("task_show", $$"""{"task_id":"{{taskId}}"}""")).JsonOf().TextOf("status") == status, $"{taskId} is {status}");

    public async ValueTask DisposeAsync()
    {
        Server.Launcher.Release();
        await Tasks.DisposeAsync();
        await Server.DisposeAsync();
    }
}
