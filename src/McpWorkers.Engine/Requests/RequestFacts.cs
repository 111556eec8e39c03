using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Requests;

/// <summary>What is told of a request. Pure.</summary>
internal static class RequestFacts
{
    /// <summary>Null for one of no worker: what waits for it tells of that itself.</summary>
    public static WorkerEvent? Asked(WorkerRequest request) => request.WorkerId is { } worker
        ? new(0, request.Created, WorkerEventKind.RequestAsked, worker, request.RunId, WorkerStatus.Running, $"{request.RequestId} {request.Kind.ToWire()}: {RequestLine.Of(request)}")
        : null;

    /// <inheritdoc cref="Asked"/>
    public static WorkerEvent? Decided(WorkerRequest request) => request.WorkerId is { } worker
        ? new(
            0, request.Decided!.Value, WorkerEventKind.RequestDecided, worker, request.RunId, WorkerStatus.Running,
            $"{request.RequestId} {request.State.ToWire()} by {request.DecidedBy}")
        : null;
}
