using McpWorkers.Engine.Agents.Reading;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents.Gemini;

/// <summary>
/// gemini's rule of success: a result of status success, no error event of severity error, exit code 0. Seen with 0.61.0: exit code 0 also
/// after a failed result and after SIGTERM; an HTTP error's status modulo 256 as exit code.
/// </summary>
internal static class GeminiVerdict
{
    /// <param name="succeeded">What the result said; null without one.</param>
    public static AgentVerdict Of(bool? succeeded, string? error, long linesRead, AgentEnding ending)
    {
        if (succeeded == true && error is null)
        {
            return Endings.WithGoodResult(ending);
        }

        if (succeeded is not null || error is not null)
        {
            return new AgentVerdict.Failed(KindOf(error, ending), error ?? "gemini reported a failure without a message.");
        }

        return ending.Stopped is not null ? Endings.WithoutResult(ending, began: linesRead > 0) : ending.ExitCode switch
        {
            41 => Failed(FailureKind.Authentication, ending),
            53 => Failed(FailureKind.TurnLimit, ending),
            1 or 42 or 44 or 52 or 55 => Failed(FailureKind.Startup, ending),
            >= 144 => Failed(KindOf(null, ending), ending),
            _ => Endings.WithoutResult(ending, began: linesRead > 0),
        };
    }

    private static AgentVerdict.Failed Failed(FailureKind kind, AgentEnding ending) =>
        new(kind, Endings.WordsOr(ending, $"gemini ended with exit code {ending.ExitCode} and said nothing."));

    private static FailureKind KindOf(string? error, AgentEnding ending)
    {
        int? status = ServiceStatus.Find(error ?? "") ?? FromExitCode(ending) ?? ServiceStatus.Find(ending.StderrTail);
        return status is not null || error is null ? ServiceStatus.ToFailure(status)
            // Its word for a connection that was cut.
            : error.Contains("terminated", StringComparison.Ordinal) ? FailureKind.ServiceUnavailable
            : ServiceStatus.OfMessage(error);
    }

    /// <summary>144 is 400 modulo 256; the codes below it may be signals.</summary>
    private static int? FromExitCode(AgentEnding ending) =>
        ending.Stopped is null && ending.ExitCode is >= 144 and <= 255 ? ending.ExitCode + 256 : null;
}
