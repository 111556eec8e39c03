using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;

namespace McpWorkers.Mcp.Requests;

/// <summary>What a run waits for that somebody has to decide.</summary>
internal static class WaitingFor
{
    /// <summary>Such as <c>question req_0123456789abcdef</c>; null where it waits for nobody. From within a run nothing is said of it.</summary>
    public static string? Of(WorkerManager manager, string? runId) =>
        runId is not null && manager.Caller.ParentRun is null && manager.Requests.PendingOf(runId) is { } request ? Of(request) : null;

    /// <summary>Of a task: what its attempt asks, or the leave without which it does not begin.</summary>
    public static string? OfTask(WorkerManager manager, string taskId) =>
        manager.Caller.ParentRun is null && manager.Requests.Pending.FirstOrDefault(request => request.TaskId == taskId) is { } request ? Of(request) : null;

    public static string Of(WorkerRequest request) => $"{request.Kind.ToWire()} {request.RequestId}";
}
