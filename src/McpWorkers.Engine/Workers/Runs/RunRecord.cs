using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers.Runs;

/// <summary>
/// The worker's side of a run directory: <c>run.json</c> says whose run it is and what its session had used before it, so that whoever
/// comes later reads the same transcript to the same result; once settled it holds the result, and <c>output.txt</c> the text.
/// </summary>
internal static class RunRecord
{
    public const string FileName = "run.json";
    public const string OutputFileName = "output.txt";

    private const int FormatVersion = 1;

    public static JsonObject Of(RunIdentity run, string prompt, string? resumed, SessionTotals before, DateTimeOffset accepted) => new()
    {
        ["format"] = FormatVersion,
        ["run_id"] = run.RunId,
        ["worker_id"] = run.WorkerId,
        ["worker_type"] = run.WorkerType,
        ["agent"] = run.Agent,
        ["simulated"] = run.IsSimulated,
        ["queued_seconds"] = run.Queued.TotalSeconds,
        ["accepted_at"] = accepted.UtcDateTime.ToString("O", CultureInfo.InvariantCulture),
        ["resumed_session"] = resumed,
        ["session_before"] = new JsonObject
        {
            ["usage"] = ResultMaker.Of(before.Usage),
            ["input_includes_cached"] = before.Usage.InputIncludesCached,
            ["cost_usd"] = before.CostUsd,
        },
        ["prompt_sha256"] = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(prompt))),
        ["prompt_bytes"] = Encoding.UTF8.GetByteCount(prompt),
    };

    public static RunFile ToFile(JsonObject record) => new(FileName, Encoding.UTF8.GetBytes(record.ToJsonString()));

    /// <summary>Reads who a run belonged to and what its session had used before. Null where the file is absent or no record of ours.</summary>
    public static (RunIdentity Run, SessionTotals Before, bool Settled)? TryRead(string runDirectory)
    {
        try
        {
            var json = JsonNode.Parse(File.ReadAllBytes(Path.Combine(runDirectory, FileName)))!.AsObject();
            var run = new RunIdentity(
                Text("run_id"), runDirectory, Text("worker_id"), Text("worker_type"), Text("agent"), json["simulated"]?.GetValue<bool>() ?? false,
                TimeSpan.FromSeconds(json["queued_seconds"]!.GetValue<double>()));
            var before = json["session_before"]!;
            var usage = before["usage"]!;
            return (run, new SessionTotals(
                new Usage(
                    Count(usage, "input_tokens"), Count(usage, "cached_input_tokens"), Count(usage, "cache_write_tokens"),
                    Count(usage, "output_tokens"), Count(usage, "reasoning_tokens"), before["input_includes_cached"]!.GetValue<bool>()),
                before["cost_usd"]!.GetValue<decimal>()), json["result"] is not null);

            string Text(string name) => json[name]!.GetValue<string>();
            static long Count(JsonNode counts, string name) => counts[name]!.GetValue<long>();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or NullReferenceException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Writes down how the run ended. The output goes into a file of its own, whole.</summary>
    public static void Settle(string runDirectory, WorkerResult result)
    {
        Write(Path.Combine(runDirectory, OutputFileName), Encoding.UTF8.GetBytes(result.Output));
        string path = Path.Combine(runDirectory, FileName);
        var record = JsonNode.Parse(File.ReadAllBytes(path))!.AsObject();
        var settled = result.ToJson();
        settled.Remove("output");
        settled["output_length"] = result.Output.Length;
        record["result"] = settled;
        Write(path, Encoding.UTF8.GetBytes(record.ToJsonString()));
    }

    private static void Write(string path, byte[] content)
    {
        string fresh = path + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var file = new FileStream(fresh, options))
        {
            file.Write(content);
        }

        File.Move(fresh, path, overwrite: true);
    }
}
