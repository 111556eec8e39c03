using McpWorkers.Engine.Agents.Reading;

namespace McpWorkers.Engine.Agents.Codex;

/// <summary>codex's rule of success: the last turn completed, and exit code 0.</summary>
internal static class CodexVerdict
{
    /// <param name="succeeded">How the last turn ended; null where it did not.</param>
    /// <param name="session">Null where codex never began to work.</param>
    public static AgentVerdict Of(bool? succeeded, string? error, string? session, AgentEnding ending)
    {
        if (succeeded == true && (Endings.IsGood(ending) || error is null))
        {
            return Endings.WithGoodResult(ending);
        }

        if (succeeded is not null || error is not null)
        {
            string message = error ?? "codex reported a failed turn without a message.";
            return new AgentVerdict.Failed(ServiceStatus.OfMessage(message), LastWords.Shorten(message));
        }

        return Endings.WithoutResult(ending, began: session is not null);
    }
}
