using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents.Gemini;

/// <summary>
/// gemini's rule of success: a result of status success, no error event of severity error, exit code 0. Seen with 0.61.0: exit code 0 also
/// after a failed result and after SIGTERM; an HTTP error's status modulo 256 as exit code.
/// </summary>
internal static class GeminiVerdict
{
    /// <param name="succeeded">What the result said; null without one.</param>
    public static AgentVerdict Of(bool? succeeded, string? error, AgentEnding ending)
    {
        bool exitedWell = ending.ExitCode is null or 0 || ending.Stopped == StopKind.AfterResult;
        if (succeeded == true && error is null && exitedWell)
        {
            return new AgentVerdict.Good();
        }

        string stderr = StderrMessage.Last(ending.StderrTail);
        if (succeeded is not null || error is not null)
        {
            string message = error ?? (exitedWell ? "gemini reported a failure without a message." : $"gemini exited with code {ending.ExitCode}.");
            return new AgentVerdict.Failed(KindOf(error, ending), message);
        }

        return ending.ExitCode switch
        {
            _ when ending.Stopped is not null => new AgentVerdict.NoResult("gemini was stopped before it gave a result."),
            41 => new AgentVerdict.Failed(FailureKind.Authentication, stderr),
            53 => new AgentVerdict.Failed(FailureKind.TurnLimit, stderr),
            1 or 42 or 44 or 52 or 55 => new AgentVerdict.Failed(FailureKind.Startup, stderr),
            >= 144 => new AgentVerdict.Failed(KindOf(null, ending), stderr),
            var code => SignalEnding.Of(ending) ?? new AgentVerdict.NoResult($"gemini ended without a result (exit code {code})."),
        };
    }

    private static FailureKind KindOf(string? error, AgentEnding ending)
    {
        int? status = ServiceStatus.FindLast(error ?? "") ?? FromExitCode(ending) ?? ServiceStatus.FindLast(ending.StderrTail);
        return status is not null || error is null ? ServiceStatus.ToFailure(status)
            : error.Contains("stream ended", StringComparison.Ordinal) || error.Contains("terminated", StringComparison.Ordinal)
                || error.Contains("empty response", StringComparison.Ordinal) || error.Contains("fetch failed", StringComparison.Ordinal)
                ? FailureKind.ServiceUnavailable
            : FailureKind.Error;
    }

    /// <summary>144 is 400 modulo 256; the codes below it may be signals.</summary>
    private static int? FromExitCode(AgentEnding ending) =>
        ending.Stopped is null && ending.ExitCode is >= 144 and <= 255 ? ending.ExitCode + 256 : null;
}
