namespace McpWorkers.Engine.Quota;

/// <summary>A limit of a service, as a run met it.</summary>
/// <param name="Signal">The name of the rule that saw it.</param>
/// <param name="Message">What was said, in one line.</param>
/// <param name="ResetsAt">When it ends, where that was said.</param>
public sealed record LimitSeen(string Signal, string Message, DateTimeOffset? ResetsAt = null);
