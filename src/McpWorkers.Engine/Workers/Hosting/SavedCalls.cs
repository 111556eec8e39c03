using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Engine.Workers.Hosting;

/// <summary>Calls that were answered with a handle before their runs were over.</summary>
internal sealed class SavedCalls(WorkerHost host, RunLookup lookup)
{
    private const int IdDigits = 32;

    /// <exception cref="RefusedException">It cannot be stored.</exception>
    public async Task<CallView> SaveAsync(string kind, IReadOnlyList<BatchItem> items, Caller caller)
    {
        var call = new StoredCall(
            DataDirectory.NewId(IdDigits), kind, caller.ParentRun, host.Time.GetUtcNow(),
            [.. items.Select(item => new CallItem(item.Run?.RunId, item.Refused?.ToJson()))]);
        await WorkerHost.WriteAsync(() => host.Store.Calls.AddAsync(call));
        return await ViewOfAsync(call, caller, CancellationToken.None);
    }

    /// <summary>Null where it is not known, no longer, or not this caller's.</summary>
    /// <exception cref="RefusedException">The store cannot be read.</exception>
    public async Task<CallView?> FindAsync(string callId, Caller caller, CancellationToken cancellationToken)
    {
        var call = await WorkerHost.ReadAsync(() => host.Store.Calls.FindAsync(callId, cancellationToken));
        return call is not null && call.ParentRun == caller.ParentRun ? await ViewOfAsync(call, caller, cancellationToken) : null;
    }

    private async Task<CallView> ViewOfAsync(StoredCall call, Caller caller, CancellationToken cancellationToken)
    {
        var runs = new List<RunView>(call.Items.Count);
        foreach (var item in call.Items)
        {
            runs.Add(item.RunId is { } runId
                ? await lookup.FindAsync(runId, caller, cancellationToken)
                : ViewOf(WorkerResult.FromJson(item.Refused!)));
        }

        return new(call.CallId, call.Kind, call.Created, runs);
    }

    private static RunView ViewOf(WorkerResult refused) => new("", refused.WorkerId, refused.Status, refused);
}
