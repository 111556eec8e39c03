using McpWorkers.Engine.Workers;

namespace McpWorkers.Mcp.Requests;

/// <summary>A run that ended while it waited for an answer goes on as another one.</summary>
internal static class Continuations
{
    /// <summary>The run that goes on in its place, and so on; itself where none does.</summary>
    public static async Task<RunView> LastAsync(WorkerManager manager, RunView run, CancellationToken cancellationToken)
    {
        HashSet<string> seen = [];
        while (run.IsSettled && seen.Add(run.RunId) && run.Result.Metadata["continued_by"]?.GetValue<string>() is { } next)
        {
            run = await manager.FindRunAsync(next, cancellationToken);
        }

        return run;
    }
}
