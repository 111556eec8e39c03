using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Mcp.Tasks;

/// <summary>The answer to a call that goes on as a task: <c>resultType</c> is <c>task</c>, and the task's fields lie beside it.</summary>
internal sealed class CreatedTask : Result
{
    public required string TaskId { get; init; }

    public required string Status { get; init; }

    public required string CreatedAt { get; init; }

    public required string LastUpdatedAt { get; init; }

    /// <summary>From creation; null for ever. The protocol wants the null said.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public long? TtlMs { get; init; }

    public int PollIntervalMs { get; init; }
}

[JsonSourceGenerationOptions(
    System.Text.Json.JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CreatedTask))]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(JsonNode))]
internal sealed partial class TaskJson : JsonSerializerContext;
