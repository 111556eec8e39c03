using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents.Codex;

/// <summary>codex's rule of success: the last turn completed, and exit code 0.</summary>
internal static class CodexVerdict
{
    /// <param name="succeeded">How the last turn ended; null where it did not.</param>
    /// <param name="session">Null where codex never began to work.</param>
    public static AgentVerdict Of(bool? succeeded, string? error, AgentVerdict.Failed? hopeless, string? session, AgentEnding ending)
    {
        bool exitedWell = ending.ExitCode is null or 0 || ending.Stopped == StopKind.AfterResult;
        if (succeeded == true && exitedWell)
        {
            return new AgentVerdict.Good();
        }

        if (succeeded == false || error is not null)
        {
            string message = error ?? "codex reported a failed turn without a message.";
            return new AgentVerdict.Failed(KindOf(message), message);
        }

        if (succeeded == true)
        {
            return new AgentVerdict.Failed(FailureKind.Error, $"codex completed its turn, then exited with code {ending.ExitCode}.");
        }

        if (hopeless is not null && ending.Stopped is StopKind.Hopeless)
        {
            return hopeless;
        }

        return ending.ExitCode switch
        {
            _ when ending.Stopped is not null => new AgentVerdict.NoResult("codex was stopped before its turn ended."),
            2 => new AgentVerdict.Failed(FailureKind.Startup, StderrMessage.Last(ending.StderrTail)),
            1 when session is null => new AgentVerdict.Failed(FailureKind.Startup, StderrMessage.Last(ending.StderrTail)),
            var code => SignalEnding.Of(ending) ?? new AgentVerdict.NoResult($"codex ended in the middle of its turn (exit code {code})."),
        };
    }

    private static FailureKind KindOf(string message)
    {
        if (ServiceStatus.FindLast(message) is { } status)
        {
            return ServiceStatus.ToFailure(status);
        }

        return Says("stream disconnected") || Says("at capacity") || Says("Connection failed") ? FailureKind.ServiceUnavailable
            : Says("invalid_api_key") || Says("Missing environment variable") || Says("Not logged in") ? FailureKind.Authentication
            : Says("invalid_request_error") ? FailureKind.InvalidRequest
            : Says("rate limit") || Says("usage limit") ? FailureKind.RateLimited
            : FailureKind.Error;

        bool Says(string words) => message.Contains(words, StringComparison.OrdinalIgnoreCase);
    }
}
