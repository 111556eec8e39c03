using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;

namespace McpWorkers.Mcp;

/// <summary>A worker as tools and resources show it.</summary>
internal static class WorkerView
{
    /// <param name="taskId">The task that it is at; null for none.</param>
    public static JsonObject Of(WorkerSnapshot worker, string? taskId = null)
    {
        var json = Brief(worker);
        if (worker.WaitingFor is { } waited)
        {
            json["waiting_for"] = waited.ToJson();
        }

        if (taskId is not null)
        {
            json["task_id"] = taskId;
        }

        json["agent"] = worker.Agent;
        json["model"] = worker.Model;
        json["working_directory"] = worker.WorkingDirectory;
        json["launcher"] = worker.Launcher.ToWire();
        if (worker.Image is not null)
        {
            json["image"] = worker.Image;
        }

        json["run_id"] = worker.RunId;
        json["elapsed_seconds"] = Math.Round(worker.Elapsed.TotalSeconds, 3);
        json["activity"] = worker.Activity;
        json["total_tokens"] = worker.Usage?.Total;
        json["cost_usd"] = worker.CostUsd;
        if (worker.Load?.CpuPercent is { } percent)
        {
            json["cpu_percent"] = percent;
        }

        if (worker.Load?.MemoryBytes is { } memory)
        {
            json["memory_bytes"] = memory;
        }

        json["waiting"] = worker.Waiting;
        json["runs_done"] = worker.RunsDone;
        json["has_result"] = worker.HasResult;
        json["simulated"] = worker.Simulated;
        return json;
    }

    public static JsonObject Brief(WorkerSnapshot worker) => new()
    {
        ["worker_id"] = worker.WorkerId,
        ["worker_type"] = worker.WorkerType,
        ["status"] = worker.Status.ToWire(),
    };
}
