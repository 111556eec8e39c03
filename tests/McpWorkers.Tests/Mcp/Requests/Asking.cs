using McpWorkers.Engine.Model;
using McpWorkers.Engine.Requests;
using McpWorkers.Engine.Workers;

namespace McpWorkers.Tests.Mcp.Requests;

/// <summary>Lets the runs of a host ask, as their own servers would.</summary>
internal static class Asking
{
    private static int _keys;

    /// <summary>The run that a worker is at, once it is.</summary>
    public static async Task<string> RunOfAsync(WorkerManager manager, string workerId)
    {
        WorkerSnapshot? worker = null;
        await ToolCalls.UntilAsync(
            () => (worker = manager.List().Single(each => each.WorkerId == workerId)) is { Status: WorkerStatus.Running, RunId: not null }, $"{workerId} runs");
        return worker!.RunId!;
    }

    /// <summary>A question of the worker's run, once it runs.</summary>
    public static async Task<WorkerRequest> QuestionAsync(WorkerManager manager, string workerId, string text = "Which colour?", params string[] options) =>
        await manager.Requests.AskAsync(await DraftAsync(manager, workerId, RequestKind.Question, text) with { Options = options });

    /// <summary>A tool call of the worker's run that needs leave, once it runs.</summary>
    public static async Task<WorkerRequest> PermissionAsync(WorkerManager manager, string workerId, string command = "make deploy") =>
        await manager.Requests.AskAsync(await DraftAsync(manager, workerId, RequestKind.Permission, "Deploys") with
        {
            Tool = "Bash",
            Input = $$"""{"command":"{{command}}"}""",
            WorkingDirectory = "/",
        });

    /// <summary>Waits for what was decided, and hands it to the run, as its server would: no other run goes on with it then.</summary>
    public static async Task<WorkerRequest> DecidedAsync(WorkerManager manager, WorkerRequest request)
    {
        var decided = await manager.Requests.WaitAsync(request.RequestId, TimeSpan.FromSeconds(20), CancellationToken.None)
            ?? throw new TimeoutException("Nobody decided.");
        await manager.Requests.DeliverAsync(decided);
        return decided;
    }

    private static async Task<RequestDraft> DraftAsync(WorkerManager manager, string workerId, RequestKind kind, string text) => new()
    {
        Kind = kind,
        Key = $"test-{Interlocked.Increment(ref _keys)}",
        RunId = await RunOfAsync(manager, workerId),
        WorkerId = workerId,
        WorkerType = "echo",
        Text = text,
    };
}
