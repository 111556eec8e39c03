namespace McpWorkers.Engine.Requests;

/// <summary>What somebody decides about a request.</summary>
public abstract record RequestVerdict
{
    private RequestVerdict()
    {
    }

    /// <param name="Note">For the agent; may be null.</param>
    public sealed record Allow(string? Note = null) : RequestVerdict;

    /// <param name="Why">For the agent; may be null.</param>
    public sealed record Deny(string? Why = null) : RequestVerdict;

    /// <summary>Of a question.</summary>
    /// <param name="Text">At most 64 KiB of UTF-8, not blank.</param>
    public sealed record Answer(string Text) : RequestVerdict;
}
