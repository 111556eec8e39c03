using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents;

/// <summary>An agent that a signal ended before its result, and nobody here sent it: a crash, the system's memory killer, another user.</summary>
internal static class SignalEnding
{
    /// <summary>Null for any other ending. From 144 on some agents give exit codes of their own.</summary>
    public static AgentVerdict? Of(AgentEnding ending) =>
        ending is { Stopped: null, ExitCode: > 128 and < 144 and int code }
            ? new AgentVerdict.Failed(FailureKind.Killed, $"The agent was ended by signal {code - 128} before its final result.")
            : null;
}
