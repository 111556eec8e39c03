namespace McpWorkers.Engine.Requests.Policy;

/// <summary>What the policy says to a tool call.</summary>
/// <param name="Rule">
/// Why, in a few words: the rules that decided (<c>deny no-rm</c>, <c>allow git + allow tests</c>), the level's default (<c>autonomous</c>),
/// or of <see cref="PolicyVerdict.Ask"/> what made it unsure.
/// </param>
public sealed record PolicyDecision(PolicyVerdict Verdict, string Rule);

public enum PolicyVerdict
{
    Allow,
    Deny,

    /// <summary>Someone has to be asked.</summary>
    Ask,
}
