using System.Globalization;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers.Runs;

/// <summary>Makes the result that every door shows. Facts that nobody knows are left out, never guessed.</summary>
internal static class ResultMaker
{
    private const int StderrTailMax = 2000;

    /// <summary>The result of a run that was launched.</summary>
    public static WorkerResult Of(RunIdentity run, RunOutcome outcome, ExecutionEnd end, AgentSummary summary, IReadOnlyList<string> warnings, Evidence evidence)
    {
        int? exitCode = end.Exit is ExitStatus.Code code ? code.Value : null;
        var metadata = Common(run, outcome);
        metadata["model"] = summary.Model;
        metadata["session_id"] = summary.SessionId;
        metadata["usage"] = summary.Usage is { } usage ? Of(usage) : null;
        metadata["cost_usd"] = summary.CostUsd;
        metadata["permission_denials"] = summary.Denials.Count;
        metadata["denied_tools"] = Strings(summary.Denials.Concat(outcome is RunOutcome.CompletedWithDenials denied ? denied.Tools : []).Distinct());
        metadata["turns"] = summary.Turns;
        metadata["tool_calls"] = summary.ToolCalls;
        metadata["retries"] = summary.Retries;
        metadata["results"] = summary.Results;
        metadata["subagents"] = summary.Subagents;
        metadata["rate_limit"] = summary.RateLimit is { } limit
            ? new JsonObject { ["message"] = limit.Message, ["resets_at"] = limit.ResetsAt is { } resets ? Time(resets) : null }
            : null;
        metadata["evidence"] = EvidenceJson.ToNode(evidence);
        metadata["limits"] = end.Limits.Count == 0 ? null : HeldLimitView.ToJson(end.Limits);
        metadata["truncated"] = outcome is RunOutcome.Truncated;
        metadata["forced_exit"] = end.Stop?.Kind == StopKind.AfterResult;
        metadata["signal"] = SignalName.Of(exitCode);
        metadata["leftovers_killed"] = end.LeftoversKilled;
        metadata["output_bytes"] = end.Output.StdoutBytes;
        metadata["lines"] = new JsonObject
        {
            ["total"] = summary.Lines.Total,
            ["not_json"] = summary.Lines.NotJson,
            ["unrecognized"] = summary.Lines.Unrecognized,
            ["invalid_utf8"] = summary.Lines.InvalidUtf8,
            ["shortened"] = summary.Lines.Shortened,
            ["unterminated"] = summary.Lines.Unterminated,
        };
        if (outcome is not (RunOutcome.Completed or RunOutcome.CompletedWithDenials) && end.StderrTail.Trim() is { Length: > 0 } stderr)
        {
            metadata["stderr_tail"] = stderr.Length > StderrTailMax ? stderr[^StderrTailMax..] : stderr;
        }

        if (warnings.Count + summary.Warnings.Count + end.Notes.Count > 0)
        {
            metadata["warnings"] = Strings(warnings.Concat(summary.Warnings).Concat(end.Notes));
        }

        metadata["started_at"] = Time(end.Started);
        metadata["finished_at"] = Time(end.Started + end.Duration);
        RemoveUnknown(metadata);
        return new()
        {
            WorkerId = run.WorkerId,
            Status = OutcomeDecision.StatusOf(outcome),
            Output = summary.Text,
            Error = OutcomeText.ErrorOf(outcome),
            ExitCode = exitCode,
            Duration = end.Duration,
            Metadata = metadata,
            Timestamp = end.Started + end.Duration,
        };
    }

    /// <summary>The same result, with the files that its agent pointed out.</summary>
    public static WorkerResult WithArtifacts(WorkerResult result, IReadOnlyList<SharedArtifact> artifacts)
    {
        if (artifacts.Count == 0)
        {
            return result;
        }

        var metadata = (JsonObject)result.Metadata.DeepClone();
        metadata["artifacts"] = new JsonArray([.. artifacts.Select(artifact => (JsonNode)artifact.ToJson())]);
        return result with { Metadata = metadata };
    }

    /// <summary>The result of a run of which nothing was launched.</summary>
    public static WorkerResult OfUnlaunched(RunIdentity run, RunOutcome outcome, DateTimeOffset now)
    {
        var metadata = Common(run, outcome);
        metadata["finished_at"] = Time(now);
        RemoveUnknown(metadata);
        return new()
        {
            WorkerId = run.WorkerId,
            Status = OutcomeDecision.StatusOf(outcome),
            Error = OutcomeText.ErrorOf(outcome),
            Metadata = metadata,
            Timestamp = now,
        };
    }

    /// <summary>The same result, with one warning more.</summary>
    public static WorkerResult WithWarning(WorkerResult result, string warning)
    {
        var metadata = (JsonObject)result.Metadata.DeepClone();
        metadata["warnings"] = new JsonArray([.. (metadata["warnings"] as JsonArray ?? []).Select(each => each!.DeepClone()), warning]);
        return result with { Metadata = metadata };
    }

    public static JsonObject Of(Usage usage) => new()
    {
        ["input_tokens"] = usage.Input,
        ["cached_input_tokens"] = usage.Cached,
        ["cache_write_tokens"] = usage.CacheWrite,
        ["output_tokens"] = usage.Output,
        ["reasoning_tokens"] = usage.Reasoning,
        ["total_tokens"] = usage.Total,
    };

    private static JsonObject Common(RunIdentity run, RunOutcome outcome) => new()
    {
        ["outcome"] = OutcomeText.NameOf(outcome),
        ["reason"] = outcome switch
        {
            RunOutcome.AgentFailed failed => OutcomeText.NameOf(failed.Kind),
            RunOutcome.Lost => "lost",
            RunOutcome.VerificationFailed => "verification_failed",
            RunOutcome.CompletedWithDenials => "permission_denied",
            _ => null,
        },
        ["continues"] = run.Continues,
        ["continued_by"] = outcome is RunOutcome.Continued continued ? continued.RunId : null,
        ["run_id"] = run.RunId,
        ["run_directory"] = run.RunDirectory,
        ["worker_type"] = run.WorkerType,
        ["agent"] = run.Agent,
        ["simulated"] = run.IsSimulated ? true : null,
        ["queued_seconds"] = Math.Round(run.Queued.TotalSeconds, 3),
    };

    private static void RemoveUnknown(JsonObject metadata)
    {
        foreach (string key in metadata.Where(field => field.Value is null).Select(field => field.Key).ToList())
        {
            metadata.Remove(key);
        }
    }

    private static JsonArray Strings(IEnumerable<string> items) => new([.. items.Select(item => (JsonNode)item)]);

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
}

/// <summary>Which run of which worker.</summary>
/// <param name="Queued">From acceptance to launch.</param>
/// <param name="Continues">The run whose session it goes on with after an answer; null for none.</param>
internal sealed record RunIdentity(
    string RunId, string RunDirectory, string WorkerId, string WorkerType, string Agent, bool IsSimulated, TimeSpan Queued = default, string? Continues = null);
