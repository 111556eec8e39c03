using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers.Runs;

/// <summary>Evidence as it stands in a result's metadata.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Evidence))]
[JsonSerializable(typeof(WorkspaceChanges))]
public sealed partial class EvidenceJson : JsonSerializerContext
{
    /// <summary>Without what is empty, but for <c>verified</c>: that nothing was checked is said.</summary>
    public static JsonObject ToNode(Evidence evidence)
    {
        ArgumentNullException.ThrowIfNull(evidence);
        var node = JsonSerializer.SerializeToNode(evidence, Default.Evidence)!.AsObject();
        foreach (string empty in node.Where(field => field.Value is JsonArray { Count: 0 }).Select(field => field.Key).ToList())
        {
            node.Remove(empty);
        }

        return node;
    }
}
