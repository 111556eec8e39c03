using System.Text.Json.Nodes;

namespace McpWorkers.Engine.Model;

/// <summary>What one run gave. The shape that every door shows.</summary>
public sealed record WorkerResult
{
    public required string WorkerId { get; init; }

    public required WorkerStatus Status { get; init; }

    /// <summary>The agent's answer; after a failure what it had said until then. Never null, may be empty.</summary>
    public string Output { get; init; } = "";

    /// <summary>What went wrong, in one message. Null after a success.</summary>
    public string? Error { get; init; }

    /// <summary>The agent's exit code, 0–255 (128 + n for signal n). Null where none is known.</summary>
    public int? ExitCode { get; init; }

    /// <summary>From launch to the end. Zero where nothing was launched.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Finer facts: <c>outcome</c>, <c>run_id</c>, <c>usage</c>, <c>cost_usd</c>, <c>session_id</c>, …</summary>
    public JsonObject Metadata { get; init; } = [];

    /// <summary>When the run was settled.</summary>
    public required DateTimeOffset Timestamp { get; init; }

    public bool IsSuccess => Status == WorkerStatus.Completed;

    public bool HasOutput => Output.Length > 0;

    /// <summary>
    /// <c>{worker_id, status, output, error, exit_code, duration_seconds, has_output, metadata, timestamp}</c>;
    /// the timestamp is ISO 8601 in UTC.
    /// </summary>
    public JsonObject ToJson() => new()
    {
        ["worker_id"] = WorkerId,
        ["status"] = Status.ToWire(),
        ["output"] = Output,
        ["error"] = Error,
        ["exit_code"] = ExitCode,
        ["duration_seconds"] = Math.Round(Duration.TotalSeconds, 3),
        ["has_output"] = HasOutput,
        ["metadata"] = Metadata.DeepClone(),
        ["timestamp"] = Timestamp.UtcDateTime.ToString("O", System.Globalization.CultureInfo.InvariantCulture),
    };

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="FormatException">A field is missing or is of another type.</exception>
    public static WorkerResult FromJson(JsonObject json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            string status = json["status"]!.GetValue<string>();
            return new()
            {
                WorkerId = json["worker_id"]!.GetValue<string>(),
                Status = WorkerStatusNames.TryParse(status, out var known)
                    ? known
                    : throw new FormatException($"'{status}' is no worker status."),
                Output = json["output"]?.GetValue<string>() ?? "",
                Error = json["error"]?.GetValue<string>(),
                ExitCode = json["exit_code"]?.GetValue<int>(),
                Duration = TimeSpan.FromSeconds(json["duration_seconds"]?.GetValue<double>() ?? 0),
                Metadata = json["metadata"] is JsonObject metadata ? (JsonObject)metadata.DeepClone() : [],
                Timestamp = DateTimeOffset.Parse(
                    json["timestamp"]!.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture),
            };
        }
        catch (Exception e) when (e is NullReferenceException or InvalidOperationException)
        {
            throw new FormatException("This is not the JSON of a worker result: a field is missing or of another type.", e);
        }
    }
}
