using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Tasks.Rules;

namespace McpWorkers.Engine.Tasks.Dispatch;

/// <summary>What a run's result, or its refusal, means for the attempt that it was.</summary>
internal static class AttemptEnds
{
    private const int DetailMax = 500;

    /// <summary>Of one check, in characters.</summary>
    private const int OutputMax = 1000;

    /// <summary>Checks whose words are told.</summary>
    private const int ChecksMax = 3;

    public static AttemptEnd Of(WorkerResult result)
    {
        string outcome = Text(result, "outcome");
        var cause = CauseOf(outcome, Text(result, "reason"), Number(result, "permission_denials") > 0);
        string detail = OneLine(result.Error);
        if (cause == AttemptCause.RateLimited && result.Metadata["rate_limit"]?["pool"] is not null)
        {
            // Not its fault, and not its attempt: its pool is held.
            return new(AttemptOutcome.HandedBack, cause, detail);
        }

        return new(OutcomeOf(result.Status, cause), cause, cause == AttemptCause.VerificationFailed ? detail + Checks(result) : detail);
    }

    /// <summary>Nothing was launched.</summary>
    public static AttemptEnd Of(RefusedException refused) => refused.Code switch
    {
        RefusalCode.LimitReached or RefusalCode.StoreUnavailable or RefusalCode.ShuttingDown or RefusalCode.Disabled or RefusalCode.AlreadyOwned =>
            new(AttemptOutcome.HandedBack, AttemptCause.HostBusy, OneLine(refused.Message)),
        RefusalCode.MissingExecutable or RefusalCode.UnknownType or RefusalCode.NotFound =>
            new(AttemptOutcome.Failed, AttemptCause.Missing, OneLine(refused.Message)),
        RefusalCode.WorkspaceUnavailable => new(AttemptOutcome.Failed, AttemptCause.LaunchFailed, OneLine(refused.Message)),
        RefusalCode.Forbidden => new(AttemptOutcome.Failed, AttemptCause.Refused, OneLine(refused.Message)),
        _ => new(AttemptOutcome.Failed, AttemptCause.Invalid, OneLine(refused.Message)),
    };

    private static AttemptOutcome OutcomeOf(WorkerStatus status, AttemptCause cause) => status switch
    {
        _ when cause == AttemptCause.Lost => AttemptOutcome.Lost,
        WorkerStatus.Completed => AttemptOutcome.Completed,
        WorkerStatus.Timeout => AttemptOutcome.Timeout,
        WorkerStatus.Cancelled => AttemptOutcome.Cancelled,
        _ => AttemptOutcome.Failed,
    };

    private static AttemptCause CauseOf(string outcome, string reason, bool wasDenied) => (outcome, reason) switch
    {
        ("completed" or "completed_with_denials", _) => AttemptCause.None,
        ("agent_failed", "authentication" or "refused") => AttemptCause.Refused,
        ("agent_failed", "model_not_found" or "invalid_request" or "startup") => AttemptCause.Invalid,
        ("agent_failed", "rate_limited") => AttemptCause.RateLimited,
        ("agent_failed", "service_unavailable") => AttemptCause.ServiceUnavailable,
        ("agent_failed", "turn_limit" or "budget") or ("budget_exceeded", _) => AttemptCause.AgentLimit,
        ("agent_failed", "killed") => AttemptCause.Crash,

        // It failed after a tool was withheld from it: with the same rights it would again.
        ("agent_failed", _) => wasDenied ? AttemptCause.Refused : AttemptCause.AgentError,
        ("truncated", _) => AttemptCause.Crash,
        ("verification_failed", _) => AttemptCause.VerificationFailed,
        ("launch_failed", _) => AttemptCause.LaunchFailed,
        ("wall_clock", _) => AttemptCause.WallClock,
        ("silence" or "no_first_output", _) => AttemptCause.Silence,
        ("output_limit", _) => AttemptCause.OutputLimit,
        ("cancelled", _) => AttemptCause.Cancelled,
        ("lost", _) => AttemptCause.Lost,
        _ when outcome.EndsWith("_limit", StringComparison.Ordinal) => AttemptCause.ResourceLimit,
        _ => AttemptCause.AgentError,
    };

    /// <summary>The end of what the checks wrote that failed: whoever tries it again, a person or an agent, must know it.</summary>
    private static string Checks(WorkerResult result)
    {
        var failed = ((result.Metadata["evidence"] as JsonObject)?["checks"] as JsonArray ?? []).OfType<JsonObject>()
            .Where(check => check["exit_code"]?.ToString() != "0" && check["output"]?.ToString() is { Length: > 0 })
            .Select(check => $"'{check["command"]}' wrote: {End(check["output"]!.ToString())}");
        return string.Concat(failed.Take(ChecksMax).Select(check => " " + OneLine(check, DetailMax + OutputMax)));
    }

    private static string End(string output)
    {
        string text = output.TrimEnd();
        return text.Length <= OutputMax ? text : "…" + text[^OutputMax..];
    }

    /// <summary>Without line feeds, and no longer than that.</summary>
    public static string OneLine(string? text, int max = DetailMax)
    {
        string line = string.Join(' ', (text ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= max ? line : line[..max] + "…";
    }

    private static string Text(WorkerResult result, string name) =>
        result.Metadata[name] is JsonValue value && value.TryGetValue(out string? text) ? text : "";

    private static int Number(WorkerResult result, string name) =>
        result.Metadata[name] is JsonValue value && value.TryGetValue(out int number) ? number : 0;
}
