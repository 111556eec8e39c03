using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Rendering;

/// <summary>A result as every door shows it: eight fields, in this order.</summary>
internal static class ResultJson
{
    /// <summary>For JSON that goes to a file or a program, never into a web page: text in any script stays readable.</summary>
    public static JsonSerializerOptions Relaxed { get; } = Options(indented: false);

    /// <summary>The same, for a person's eyes.</summary>
    public static JsonSerializerOptions RelaxedIndented { get; } = Options(indented: true);

    /// <summary><c>{worker_id, status, output, error, exit_code, duration_seconds, has_output, metadata}</c>; the output is whole.</summary>
    public static JsonObject Of(WorkerResult result)
    {
        var json = result.ToJson();
        json.Remove("timestamp");
        return json;
    }

    /// <summary>Reads what <see cref="Of(WorkerResult)"/> wrote. When the run was settled is not among it.</summary>
    /// <exception cref="FormatException">A field is missing or is of another type.</exception>
    public static WorkerResult Read(JsonObject json)
    {
        var whole = (JsonObject)json.DeepClone();
        whole["timestamp"] ??= "0001-01-01T00:00:00Z";
        return WorkerResult.FromJson(whole);
    }

    /// <summary>One array of results, in the order given.</summary>
    public static JsonArray Of(IEnumerable<WorkerResult> results) => new([.. results.Select(r => (JsonNode)Of(r))]);

    private static JsonSerializerOptions Options(bool indented)
    {
        var options = new JsonSerializerOptions
        {
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            WriteIndented = indented,
            // JsonNode writes itself; the resolver names no type and needs no reflection.
            TypeInfoResolver = System.Text.Json.Serialization.Metadata.JsonTypeInfoResolver.Combine(),
        };
        options.MakeReadOnly();
        return options;
    }
}
