using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents.Reading;

/// <summary>What the endings of all agents have in common.</summary>
internal static class Endings
{
    /// <summary>Words of a startup failure that is about a key or a login.</summary>
    private static readonly string[] AuthenticationSigns =
        ["api key", "api_key", "not logged in", "/login", "authentication", "unauthorized", "credential", "auth method"];

    /// <summary>
    /// Nothing in how the agent ended spoils a good result. An agent that lingers after its result and is stopped for that has done its
    /// work. Where nobody recorded the exit code, the result stands: it was said.
    /// </summary>
    public static bool IsGood(AgentEnding ending) => ending.ExitCode is null or 0 || ending.Stopped == StopKind.AfterResult;

    /// <summary>The agent gave a good result: that stands, unless it ended badly after it.</summary>
    public static AgentVerdict WithGoodResult(AgentEnding ending) => IsGood(ending)
        ? new AgentVerdict.Good()
        : new AgentVerdict.Failed(
            Signal(ending) is null ? FailureKind.Error : FailureKind.Killed,
            $"The agent gave a result, then ended with exit code {ending.ExitCode}.{Said(ending)}");

    /// <summary>Ends without a final result: stopped, killed, failed before it began, or simply cut off.</summary>
    /// <param name="began">It had begun its work: a bad exit code is no failure to start.</param>
    public static AgentVerdict WithoutResult(AgentEnding ending, bool began) => ending switch
    {
        { Stopped: not null } => new AgentVerdict.NoResult("The agent was stopped before its final result."),
        _ when Signal(ending) is { } signal => new AgentVerdict.Failed(
            FailureKind.Killed, $"The agent was ended by signal {signal} before its final result."),
        { ExitCode: not null and not 0 } when !began => AtStart(ending),
        { ExitCode: not null and not 0 } => new AgentVerdict.NoResult(
            $"The agent ended with exit code {ending.ExitCode} and without a final result.{Said(ending)}"),
        _ => new AgentVerdict.NoResult("The agent's output ends without a final result."),
    };

    /// <summary>The agent could not begin: what it said of that on standard error.</summary>
    public static AgentVerdict.Failed AtStart(AgentEnding ending)
    {
        string words = LastWords.Of(ending.StderrTail);
        return new(
            AuthenticationSigns.Any(sign => words.Contains(sign, StringComparison.OrdinalIgnoreCase))
                ? FailureKind.Authentication
                : FailureKind.Startup,
            WordsOr(ending, $"The agent ended with exit code {ending.ExitCode} and said nothing."));
    }

    /// <summary>The signal that ended it: a crash, the system's memory killer, another user. Null for any other ending.</summary>
    /// <remarks>Above 128 + 31 an exit code is no signal but the agent's own.</remarks>
    public static int? Signal(AgentEnding ending) => ending.ExitCode is > 128 and < 160 and int code ? code - 128 : null;

    /// <summary>The last words on standard error; the sentence where there are none.</summary>
    public static string WordsOr(AgentEnding ending, string sentence) =>
        LastWords.Of(ending.StderrTail) is { Length: > 0 } words ? words : sentence;

    /// <summary>The same as the tail of a message; empty where there are none.</summary>
    public static string Said(AgentEnding ending) =>
        LastWords.Of(ending.StderrTail) is { Length: > 0 } words ? $" Standard error: {words}" : "";
}
