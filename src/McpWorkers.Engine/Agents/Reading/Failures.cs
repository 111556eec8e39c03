using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents.Reading;

/// <summary>What agents have in common when they fail: HTTP statuses, startup errors on standard error, endings without a result.</summary>
internal static class Failures
{
    private const int MessageCharactersMax = 2000;

    /// <summary>What an HTTP status of the model service is about.</summary>
    public static FailureKind OfStatus(long? status) => status switch
    {
        401 or 403 => FailureKind.Authentication,
        404 => FailureKind.ModelNotFound,
        429 => FailureKind.RateLimited,
        408 or >= 500 => FailureKind.ServiceUnavailable,
        >= 400 => FailureKind.InvalidRequest,
        _ => FailureKind.Error,
    };

    /// <summary>For agents that put the status into their message only: <c>API Error: 401 …</c>.</summary>
    public static FailureKind OfMessage(string message)
    {
        const string Mark = "API Error: ";
        int at = message.IndexOf(Mark, StringComparison.OrdinalIgnoreCase);
        var rest = at < 0 ? message : message.AsSpan(at + Mark.Length);
        if (rest.Length > 3 && !char.IsAsciiLetterOrDigit(rest[3]) && int.TryParse(rest[..3], out int status))
        {
            return OfStatus(status);
        }

        return rest.StartsWith("Connection error", StringComparison.OrdinalIgnoreCase)
            || rest.Contains("ECONNREFUSED", StringComparison.Ordinal)
            || rest.Contains("ECONNRESET", StringComparison.Ordinal)
            || rest.Contains("fetch failed", StringComparison.Ordinal) ? FailureKind.ServiceUnavailable
            : rest.StartsWith("Context is too large", StringComparison.Ordinal) ? FailureKind.InvalidRequest
            : FailureKind.Error;
    }

    /// <summary>Ends without a final result: killed, failed before it said anything, or simply cut off.</summary>
    /// <param name="linesRead">Lines on standard output: none and a bad exit code is an agent that could not start.</param>
    public static AgentVerdict WithoutResult(AgentEnding ending, long linesRead) => ending.ExitCode switch
    {
        // Above 128 + 31 it is no signal but a code of the agent's own.
        > 128 and < 160 and int code => new AgentVerdict.Failed(
            FailureKind.Killed, $"The agent was ended by signal {code - 128} before its final result."),
        not null and not 0 when linesRead == 0 => Startup(ending),
        int code and not 0 => new AgentVerdict.NoResult(
            $"The agent ended with exit code {code} and without a final result.{Said(ending)}"),
        _ => new AgentVerdict.NoResult("The agent's output ends without a final result."),
    };

    /// <summary>The agent gave a good result, and then ended badly all the same. Null where it ended well.</summary>
    /// <remarks>
    /// An agent that lingers after its result and is stopped for that has done its work. Where nobody recorded the exit code, the
    /// result stands: it was said.
    /// </remarks>
    public static AgentVerdict.Failed? AfterGoodResult(AgentEnding ending) =>
        ending.ExitCode is null or 0 || ending.Stopped == StopKind.AfterResult
            ? null
            : new(
                ending.ExitCode is > 128 and < 160 ? FailureKind.Killed : FailureKind.Error,
                $"The agent gave a result, then ended with exit code {ending.ExitCode}.{Said(ending)}");

    /// <summary>Keeps a message at a readable length.</summary>
    public static string Shorten(string message) =>
        message.Length > MessageCharactersMax ? string.Concat(message.AsSpan(0, MessageCharactersMax), "…") : message;

    /// <summary>The line of standard error that says most: the last one that is no warning and no part of a stack trace.</summary>
    public static string LastLine(string stderr)
    {
        string last = "";
        string lastOfAny = "";
        foreach (string raw in stderr.Split('\n'))
        {
            string line = WithoutColours(raw).TrimEnd();
            if (line.Trim().Length == 0)
            {
                continue;
            }

            lastOfAny = line.Trim();
            if (!char.IsWhiteSpace(line[0]) && !line.StartsWith("Warning", StringComparison.OrdinalIgnoreCase)
                && line.Any(char.IsLetter))
            {
                last = line;
            }
        }

        return Shorten(last.Length > 0 ? last : lastOfAny);
    }

    private static AgentVerdict.Failed Startup(AgentEnding ending)
    {
        string line = LastLine(ending.StderrTail);
        string[] signs = ["api key", "api_key", "not logged in", "/login", "authentication", "unauthorized", "credential", "auth method"];
        return new(
            signs.Any(sign => line.Contains(sign, StringComparison.OrdinalIgnoreCase)) ? FailureKind.Authentication : FailureKind.Startup,
            line.Length > 0 ? line : $"The agent ended with exit code {ending.ExitCode} and said nothing.");
    }

    private static string Said(AgentEnding ending) =>
        LastLine(ending.StderrTail) is { Length: > 0 } line ? $" Standard error: {line}" : "";

    private static string WithoutColours(string line)
    {
        int escape = line.IndexOf('\u001b', StringComparison.Ordinal);
        while (escape >= 0)
        {
            int end = escape + 1;
            while (end < line.Length && !char.IsAsciiLetter(line[end]))
            {
                end++;
            }

            line = line.Remove(escape, Math.Min(end + 1, line.Length) - escape);
            escape = line.IndexOf('\u001b', StringComparison.Ordinal);
        }

        return line;
    }
}
