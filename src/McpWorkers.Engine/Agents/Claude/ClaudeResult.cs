using McpWorkers.Engine.Agents.Reading;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents.Claude;

/// <summary>What a <c>result</c> line of claude says of the run's end.</summary>
internal sealed record ClaudeResult
{
    public required bool IsError { get; init; }

    /// <summary>The answer; of an API error its message. Null in <c>error_…</c> results.</summary>
    public required string? Answer { get; init; }

    public required string Subtype { get; init; }

    public required string? FirstError { get; init; }

    public required long? Status { get; init; }

    public required string? StopReason { get; init; }

    public required string? TerminalReason { get; init; }

    public string Message => LastWords.Shorten(
        Answer is { Length: > 0 } ? Answer
        : TerminalReason?.StartsWith("aborted", StringComparison.Ordinal) == true ? $"The agent was interrupted ({TerminalReason})."
        : FirstError ?? $"The agent ended with '{Subtype}'.");

    public static ClaudeResult Read(JsonView line)
    {
        string subtype = line["subtype"u8].AsStringOrEmpty();
        string? answer = line["result"u8].AsString();
        var structured = line["structured_output"u8];
        string? firstError = null;
        foreach (var error in line["errors"u8])
        {
            firstError ??= error.Value.AsString();
        }

        return new()
        {
            // A result that does not say so is no success.
            IsError = line["is_error"u8].AsBool() ?? subtype != "success",
            Answer = string.IsNullOrEmpty(answer) && structured.IsObject ? structured.Preview(structured.Raw.Length) : answer,
            Subtype = subtype,
            FirstError = firstError,
            Status = line["api_error_status"u8].AsLong(),
            StopReason = line["stop_reason"u8].AsString(),
            TerminalReason = line["terminal_reason"u8].AsString(),
        };
    }

    /// <param name="reported">The <c>error</c> of the last error report in the stream.</param>
    public FailureKind KindOfFailure(string? reported) => Subtype switch
    {
        "error_max_turns" => FailureKind.TurnLimit,
        "error_max_budget_usd" => FailureKind.Budget,
        // An unknown session, a bad model setting: nothing was begun.
        "error_during_execution" when TerminalReason is null => FailureKind.Startup,
        _ when StopReason == "refusal" => FailureKind.Refused,
        _ when Status is not null => ServiceStatus.ToFailure(Status),
        _ => TerminalReason is "api_error" ? OfReport(reported) : FailureKind.Error,
    };

    private static FailureKind OfReport(string? reported) => reported switch
    {
        "authentication_failed" => FailureKind.Authentication,
        "rate_limit" => FailureKind.RateLimited,
        "overloaded" or "server_error" => FailureKind.ServiceUnavailable,
        "invalid_request" => FailureKind.InvalidRequest,
        _ => FailureKind.Error,
    };
}
