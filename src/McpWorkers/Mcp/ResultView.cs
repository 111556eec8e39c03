using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Mcp.Resources;

namespace McpWorkers.Mcp;

/// <summary>
/// A result as the tools show it. A long output is given by its head, with the address of the rest: a model's context is dear, and
/// nothing is cut without saying so.
/// </summary>
internal static class ResultView
{
    /// <param name="outputMax">In characters.</param>
    public static JsonObject Of(WorkerResult result, int outputMax)
    {
        var json = result.ToJson();
        json.Remove("timestamp");

        // Without a run there is no place to read the rest from.
        if (result.Output.Length > outputMax && result.Metadata["run_id"]?.GetValue<string>() is { } runId)
        {
            int cut = CutAt(result.Output, outputMax);
            json["output"] = result.Output[..cut];
            var metadata = json["metadata"]!.AsObject();
            metadata["output_truncated"] = true;
            metadata["output_length"] = result.Output.Length;
            metadata["output_resource"] = ResourceAddress.OutputUri(runId, cut);
            metadata["next_cursor"] = cut;
        }

        return json;
    }

    /// <summary>Never between the two halves of a surrogate pair.</summary>
    private static int CutAt(string text, int max) => max > 0 && char.IsHighSurrogate(text[max - 1]) ? max - 1 : max;
}
