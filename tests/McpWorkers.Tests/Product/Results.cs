using System.Text.Json.Nodes;
using Xunit;

namespace McpWorkers.Tests.Product;

/// <summary>Reads a result as the doors show it.</summary>
internal static class Results
{
    public static string Status(this JsonObject result) => result["status"]!.GetValue<string>();

    public static string Output(this JsonObject result) => result["output"]!.GetValue<string>();

    public static JsonObject Metadata(this JsonObject result) => result["metadata"]!.AsObject();

    public static string? Outcome(this JsonObject result) => result.Metadata()["outcome"]?.GetValue<string>();

    public static string? Reason(this JsonObject result) => result.Metadata()["reason"]?.GetValue<string>();

    public static string? SessionId(this JsonObject result) => result.Metadata()["session_id"]?.GetValue<string>();

    public static long Count(this JsonObject result, string name) => result.Metadata()[name]?.GetValue<long>() ?? 0;

    public static long OutputTokens(this JsonObject result) => result.Metadata()["usage"]?["output_tokens"]?.GetValue<long>() ?? 0;

    public static TimeSpan Duration(this JsonObject result) => TimeSpan.FromSeconds(result["duration_seconds"]!.GetValue<double>());

    /// <summary>Completed, and nothing of the run is left on the machine.</summary>
    public static void AssertCompleted(this JsonObject result)
    {
        Assert.True(result.Status() == "completed", Shown(result));
        AssertNothingLeft(result);
    }

    public static void AssertNothingLeft(this JsonObject result) =>
        Assert.Empty(LiveProcesses.OfRun(result.Metadata()["run_id"]!.GetValue<string>()));

    /// <summary>For messages: the result with its output shortened.</summary>
    public static string Shown(this JsonObject result)
    {
        var copy = (JsonObject)result.DeepClone();
        if (copy["output"] is { } output && output.GetValue<string>() is { Length: > 500 } text)
        {
            copy["output"] = $"{text[..250]} … {text[^250..]} ({text.Length} characters)";
        }

        return copy.ToString();
    }
}
