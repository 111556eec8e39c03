namespace McpWorkers.Engine.Requests.Policy;

/// <summary>What the policy says to a tool call.</summary>
/// <param name="Rule">
/// Why, in a few words: the rules that decided (<c>deny no-rm</c>, <c>allow git + allow tests</c>), the level's default (<c>autonomous</c>),
/// or of <see cref="PolicyDecisionKind.Ask"/> what made it unsure.
/// </param>
internal sealed record PolicyDecision(PolicyDecisionKind Kind, string Rule);

internal enum PolicyDecisionKind
{
    Allow,
    Deny,

    /// <summary>Someone has to be asked.</summary>
    Ask,
}
