using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Engine.Workers.Runs;

/// <summary>
/// The worker's side of a run directory: <c>run.json</c> says whose run it is and what its session had used before it, so that whoever
/// comes later reads the same transcript to the same result; once settled it holds the result, and <c>output.txt</c> the text.
/// </summary>
internal static class RunRecord
{
    public const string FileName = "run.json";
    public const string OutputFileName = "output.txt";

    /// <summary>What the agent was told, where it could only be told again: there is no session of its to go on with.</summary>
    public const string PromptFileName = "prompt.txt";

    private const int FormatVersion = 1;

    public static JsonObject Of(
        RunIdentity run, string prompt, string? resumed, SessionTotals before, DateTimeOffset accepted, TimeSpan timeout, AgentLaunch plan) => new()
    {
        ["format"] = FormatVersion,
        ["run_id"] = run.RunId,
        ["worker_id"] = run.WorkerId,
        ["worker_type"] = run.WorkerType,
        ["agent"] = run.Agent,
        ["simulated"] = run.IsSimulated,
        ["queued_seconds"] = run.Queued.TotalSeconds,
        ["accepted_at"] = accepted.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
        ["timeout_seconds"] = timeout.TotalSeconds,
        ["resumed_session"] = resumed,
        ["continues"] = run.Continues,
        ["session_before"] = Of(before),
        ["read_back"] = new JsonArray([.. plan.ReadBack.Select(name => (JsonNode)name)]),
        ["warnings"] = new JsonArray([.. plan.Warnings.Select(warning => (JsonNode)warning)]),
        ["prompt_sha256"] = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(prompt))),
        ["prompt_bytes"] = Encoding.UTF8.GetByteCount(prompt),
    };

    public static RunFile ToFile(JsonObject record) => new(FileName, Encoding.UTF8.GetBytes(record.ToJsonString()), IsForHost: true);

    public static RunFile PromptFile(string prompt) => new(PromptFileName, Encoding.UTF8.GetBytes(prompt), IsForHost: true);

    /// <summary>Reads whose run it was and how it ended, if it did. Null where the file is absent or no record of ours.</summary>
    public static RecordedRun? TryRead(string runDirectory)
    {
        try
        {
            var json = JsonNode.Parse(File.ReadAllBytes(Path.Combine(runDirectory, FileName)))!.AsObject();
            var run = new RunIdentity(
                Text("run_id"), runDirectory, Text("worker_id"), Text("worker_type"), Text("agent"), json["simulated"]?.GetValue<bool>() ?? false,
                TimeSpan.FromSeconds(json["queued_seconds"]!.GetValue<double>()), json["continues"]?.GetValue<string>());
            return new(
                run,
                TotalsOf(json["session_before"]!),
                json["resumed_session"]?.GetValue<string>(),
                DateTimeOffset.Parse(Text("accepted_at"), CultureInfo.InvariantCulture),
                TimeSpan.FromSeconds(json["timeout_seconds"]?.GetValue<double>() ?? 0),
                Texts(json["read_back"]),
                Texts(json["warnings"]),
                json["result"] as JsonObject,
                json["session_after"]?["session_id"]?.GetValue<string>(),
                json["session_after"] is { } after ? TotalsOf(after) : SessionTotals.Zero);

            string Text(string name) => json[name]!.GetValue<string>();
            static IReadOnlyList<string> Texts(JsonNode? list) => [.. (list as JsonArray ?? []).Select(item => item!.GetValue<string>())];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or NullReferenceException
            or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    /// <summary>The prompt of a launched run; null where none was kept.</summary>
    public static string? ReadPrompt(string runDirectory)
    {
        try
        {
            return File.ReadAllText(Path.Combine(runDirectory, PromptFileName));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The output of a settled run, whole; empty where the file is gone.</summary>
    public static string ReadOutput(string runDirectory)
    {
        try
        {
            return File.ReadAllText(Path.Combine(runDirectory, OutputFileName));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    /// <summary>Writes down how the run ended. The output goes into a file of its own, whole.</summary>
    /// <param name="sessionId">The session that the run announced; null for none.</param>
    /// <param name="after">What that session has used up now.</param>
    public static void Settle(string runDirectory, WorkerResult result, string? sessionId, SessionTotals after)
    {
        DataDirectory.WritePrivate(Path.Combine(runDirectory, OutputFileName), Encoding.UTF8.GetBytes(result.Output));
        string path = Path.Combine(runDirectory, FileName);
        var record = JsonNode.Parse(File.ReadAllBytes(path))!.AsObject();
        record["result"] = WithoutOutput(result);
        var session = Of(after);
        session["session_id"] = sessionId;
        record["session_after"] = session;
        DataDirectory.WritePrivate(path, Encoding.UTF8.GetBytes(record.ToJsonString()));
    }

    private static JsonObject Of(SessionTotals totals) => new()
    {
        ["usage"] = ResultMaker.Of(totals.Usage),
        ["input_includes_cached"] = totals.Usage.InputIncludesCached,
        ["cost_usd"] = totals.CostUsd,
    };

    private static SessionTotals TotalsOf(JsonNode totals)
    {
        var usage = totals["usage"]!;
        return new(
            new Usage(
                Count("input_tokens"), Count("cached_input_tokens"), Count("cache_write_tokens"), Count("output_tokens"),
                Count("reasoning_tokens"), totals["input_includes_cached"]!.GetValue<bool>()),
            totals["cost_usd"]!.GetValue<decimal>());

        long Count(string name) => usage[name]!.GetValue<long>();
    }

    /// <summary>A result as it is stored: <c>output_length</c> in place of the output, which is a file.</summary>
    public static JsonObject WithoutOutput(WorkerResult result)
    {
        var settled = result.ToJson();
        settled.Remove("output");
        settled["output_length"] = result.Output.Length;
        return settled;
    }
}

/// <summary>What <c>run.json</c> says.</summary>
/// <param name="Before">What its session had used up before it.</param>
/// <param name="Resumed">The session that it resumed; null for a new one.</param>
/// <param name="ReadBack">Names of files that the adapter wants to see at the end.</param>
/// <param name="Warnings">Of the plan: part of the result.</param>
/// <param name="Result">Without the output; null while it is not settled.</param>
/// <param name="SessionId">The session that it announced; null for none, and while it is not settled.</param>
/// <param name="After">What that session had used up after it.</param>
internal sealed record RecordedRun(
    RunIdentity Run,
    SessionTotals Before,
    string? Resumed,
    DateTimeOffset Accepted,
    TimeSpan Timeout,
    IReadOnlyList<string> ReadBack,
    IReadOnlyList<string> Warnings,
    JsonObject? Result,
    string? SessionId,
    SessionTotals After)
{
    public bool IsSettled => Result is not null;
}
