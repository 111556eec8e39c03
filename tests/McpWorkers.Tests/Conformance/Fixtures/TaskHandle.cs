using System.Text.Json.Serialization;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Tests.Conformance.Fixtures;

/// <summary>The answer to a call that became a task.</summary>
internal sealed class TaskHandle : Result
{
    [JsonPropertyName("taskId")]
    public required string TaskId { get; init; }

    [JsonPropertyName("status")]
    public required string Status { get; init; }

    [JsonPropertyName("createdAt")]
    public required string CreatedAt { get; init; }

    [JsonPropertyName("lastUpdatedAt")]
    public required string LastUpdatedAt { get; init; }

    [JsonPropertyName("ttlMs")]
    public required long TtlMs { get; init; }

    [JsonPropertyName("pollIntervalMs")]
    public required int PollIntervalMs { get; init; }
}
