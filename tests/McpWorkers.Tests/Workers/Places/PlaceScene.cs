using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using McpWorkers.Tests.Workers.Hosting;
using McpWorkers.Tests.Workspaces;
using Xunit;

namespace McpWorkers.Tests.Workers.Places;

/// <summary>A repository and a host over a data directory, whose workers are shell scripts that work in worktrees of it.</summary>
internal sealed class PlaceScene : IAsyncDisposable
{
    private readonly DurableHost _host = new();
    private WorkerManager? _manager;

    public GitScene Git { get; } = new();

    public string Repository { get; private set; } = "";

    public string Data => _host.Data;

    /// <summary>Through the eyes of the repository's user.</summary>
    public WorkerManager Manager => _manager!;

    public static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public HostSettings Settings
    {
        get => _host.Settings;
        set => _host.Settings = value;
    }

    /// <summary>Opens a host; where there is no repository yet, one with these files is made first.</summary>
    public async Task OpenAsync(params (string Name, string Script)[] scripts)
    {
        if (Repository.Length == 0)
        {
            Repository = await Git.MakeRepository("project", ("a.txt", "one\n"), ("b.txt", "two\n"));
        }

        var whole = await _host.OpenAsync(scripts);
        _manager = whole.As(Caller.Owner with { Environment = Git.Environment, WorkingDirectory = Repository });
    }

    public Task LeaveAsync() => _host.LeaveAsync();

    public async Task<string> SpawnAsync(string type = "echo", params string[] verify) =>
        (await Manager.SpawnAsync(new() { WorkerType = type, Workspace = new() { Kind = WorkspaceKind.Worktree }, Verify = verify })).Single();

    public Task<WorkerResult> RunAsync(string id, string prompt = "work") => Manager.ExecuteAsync(id, prompt, cancellationToken: Cancellation);

    public static JsonObject EvidenceOf(WorkerResult result) => Assert.IsType<JsonObject>(result.Metadata["evidence"]);

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        Git.Dispose();
    }
}
