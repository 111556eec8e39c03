using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Requests.Policy;

/// <summary>Decides a tool call by rules. Pure.</summary>
internal static class PermissionPolicy
{
    /// <param name="resolve">Follows the links of an absolute path; null where it cannot be told.</param>
    public static PolicyDecision Decide(RequestSettings settings, AutonomyLevel level, ToolUse use, Func<string, string?> resolve) =>
        level == AutonomyLevel.Autonomous && settings.Rules.Count == 0 && resolve(use.WorkingDirectory) is not null
            ? new(PolicyDecisionKind.Allow, "autonomous")
            : new(PolicyDecisionKind.Ask, "no rule");
}

/// <param name="Rule">Which rule decided, in words.</param>
internal sealed record PolicyDecision(PolicyDecisionKind Kind, string Rule);

internal enum PolicyDecisionKind
{
    Allow,
    Deny,
    Ask,
}

/// <param name="Tool">By the agent's own name.</param>
/// <param name="Input">JSON.</param>
/// <param name="WorkingDirectory">Absolute.</param>
internal sealed record ToolUse(string Tool, string Input, string WorkingDirectory);
