using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Tests.Storage;

/// <summary>Data for tests of the store, and a store's usual ways.</summary>
internal static class StoreScene
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    public static StoredWorker Worker(string id, DateTimeOffset? created = null) => new()
    {
        WorkerId = id,
        WorkerType = "terminal-qwen",
        Agent = "qwen",
        WorkingDirectory = "/home/work",
        Created = created ?? Noon,
    };

    public static StoredRun Run(string id, string workerId, string prompt = "do it", DateTimeOffset? accepted = null) => new()
    {
        RunId = id,
        WorkerId = workerId,
        Prompt = prompt,
        Timeout = TimeSpan.FromMinutes(5),
        Accepted = accepted ?? Noon,
    };

    public static SettledRun Settled(string id, string workerId, WorkerStatus status = WorkerStatus.Completed, DateTimeOffset? at = null) => new()
    {
        RunId = id,
        WorkerId = workerId,
        Status = status,
        At = at ?? Noon,
        Result = new() { ["worker_id"] = workerId, ["status"] = status.ToWire(), ["metadata"] = new JsonObject { ["run_id"] = id } },
        SessionId = $"session of {id}",
        SessionUsage = new(Input: 10, Cached: 2, CacheWrite: 3, Output: 4, Reasoning: 1, InputIncludesCached: true),
        SessionCostUsd = 0.0123m,
    };

    /// <summary>Spawns a worker and settles these runs of it, one after the other.</summary>
    public static async Task<IDataStore> WithRunsAsync(this IDataStore store, string workerId, params string[] runIds)
    {
        await store.Workers.AddWorkersAsync([Worker(workerId)]);
        foreach (string runId in runIds)
        {
            await store.Workers.AcceptAsync([Run(runId, workerId)]);
            await store.Workers.SettleAsync(Settled(runId, workerId));
        }

        return store;
    }
}
