using System.Text;
using System.Text.Json.Nodes;

namespace McpWorkers.Mcp.Client;

/// <summary>A tool gives the head of a long output; the rest is read page by page.</summary>
internal static class WholeOutput
{
    /// <summary>The result with all of its output.</summary>
    public static async Task<JsonObject> OfAsync(JsonObject result, RequestSender sender, CancellationToken cancellationToken)
    {
        var whole = (JsonObject)result.DeepClone();
        if (whole["metadata"] is not JsonObject metadata || metadata["output_resource"]?.ToString() is not { } next)
        {
            return whole;
        }

        var output = new StringBuilder(whole["output"]?.ToString());
        for (string? uri = next; uri is not null;)
        {
            var page = await sender.ReadResourceAsync(uri, cancellationToken);
            output.Append(page["text"]);
            uri = page["_meta"]?["next_uri"]?.ToString();
        }

        whole["output"] = output.ToString();
        foreach (string field in new[] { "output_truncated", "output_length", "output_resource", "next_cursor" })
        {
            metadata.Remove(field);
        }

        return whole;
    }
}
