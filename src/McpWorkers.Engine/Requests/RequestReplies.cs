using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Requests;

/// <summary>What an agent is told of its request.</summary>
public static class RequestReplies
{
    public const string Denied = "It was denied. Do not try it in another way; do what can be done without it, and say what is missing.";

    public static string NotYet(string requestId) =>
        $"No answer has come yet (request {requestId}). End your turn now; you will be called again with the answer.";

    /// <summary>Of a permission that is decided: null where it was given without a word.</summary>
    public static string? Of(WorkerRequest decided)
    {
        ArgumentNullException.ThrowIfNull(decided);
        return decided.Answer is { Length: > 0 } answer ? answer : decided.IsYes ? null : Denied;
    }
}
