using McpWorkers.Engine.Events;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Requests;

/// <summary>What is told of a request. Pure.</summary>
internal static class RequestFacts
{
    private const int LineMax = 200;

    /// <summary>Null for one of no worker: what waits for it tells of that itself.</summary>
    public static WorkerEvent? Asked(WorkerRequest request) => request.WorkerId is { } worker
        ? new(0, request.Created, WorkerEventKind.RequestAsked, worker, request.RunId, WorkerStatus.Running, $"{request.RequestId} {Line(request)}")
        : null;

    /// <inheritdoc cref="Asked"/>
    public static WorkerEvent? Decided(WorkerRequest request) => request.WorkerId is { } worker
        ? new(
            0, request.Decided!.Value, WorkerEventKind.RequestDecided, worker, request.RunId, WorkerStatus.Running,
            $"{request.RequestId} {request.State.ToWire()} by {request.DecidedBy}")
        : null;

    /// <summary>What is asked, in one line.</summary>
    public static string Line(WorkerRequest request)
    {
        string what = request.Kind == RequestKind.Permission ? $"{request.Tool}: {request.Text}" : request.Text;
        string line = what.ReplaceLineEndings(" ").Replace('\t', ' ');
        return $"{request.Kind.ToWire()}: {(line.Length > LineMax ? line[..LineMax] + "…" : line)}";
    }
}
