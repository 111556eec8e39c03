using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Mcp.Client;

/// <summary>A worker as <c>worker_list</c> showed it.</summary>
internal sealed record WorkerState
{
    public required string WorkerId { get; init; }

    public required string WorkerType { get; init; }

    public required WorkerStatus Status { get; init; }

    public string? RunId { get; init; }

    /// <summary>The task that it is at; null for none.</summary>
    public string? TaskId { get; init; }

    /// <summary>What its run waits for, in a line for a person; null for nothing.</summary>
    public string? WaitingFor { get; init; }

    public TimeSpan Elapsed { get; init; }

    public string Activity { get; init; } = "";

    /// <summary>Prompts in line.</summary>
    public int Waiting { get; init; }

    public int RunsDone { get; init; }

    /// <summary>Of the run; null where not known.</summary>
    public decimal? Tokens { get; init; }

    /// <summary>Of the run; null where not known.</summary>
    public decimal? CostUsd { get; init; }

    /// <summary>Of what it runs now, 100 for each processor; null where not known.</summary>
    public double? CpuPercent { get; init; }

    /// <summary>Of what it runs now; null where not known.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Of its containers; null for processes of the host's machine.</summary>
    public string? Image { get; init; }

    public bool HasResult { get; init; }

    public bool Simulated { get; init; }

    /// <summary>For a person: what it waits for, else what it does.</summary>
    public string Doing => WaitingFor is { } waited ? $"waits for {waited}" : Activity;

    public bool IsAtWork => Status is WorkerStatus.Starting or WorkerStatus.Running || Waiting > 0;

    /// <exception cref="UnansweredException">It is of no known form.</exception>
    public static WorkerState Read(JsonNode? worker) =>
        worker is JsonObject
        && worker["worker_id"]?.ToString() is { } id
        && WorkerStatusNames.TryParse(worker["status"]?.ToString(), out var status)
            ? new()
            {
                WorkerId = id,
                WorkerType = worker["worker_type"]?.ToString() ?? "",
                Status = status,
                RunId = worker["run_id"]?.ToString(),
                TaskId = worker["task_id"]?.ToString(),
                WaitingFor = worker["waiting_for"] is JsonObject waited ? WaitingText.Of(waited) : null,
                Elapsed = TimeSpan.FromSeconds((double)(Number(worker["elapsed_seconds"]) ?? 0)),
                Activity = worker["activity"]?.ToString() ?? "",
                Waiting = (int)(Number(worker["waiting"]) ?? 0),
                RunsDone = (int)(Number(worker["runs_done"]) ?? 0),
                Tokens = Number(worker["total_tokens"]),
                CostUsd = Number(worker["cost_usd"]),
                CpuPercent = (double?)Number(worker["cpu_percent"]),
                MemoryBytes = (long?)Number(worker["memory_bytes"]),
                Image = worker["image"]?.ToString(),
                HasResult = worker["has_result"]?.GetValue<bool>() ?? false,
                Simulated = worker["simulated"]?.GetValue<bool>() ?? false,
            }
            : throw new UnansweredException("worker_list answered in a form that this version does not know.");

    private static decimal? Number(JsonNode? node) => node?.GetValue<decimal>();
}
