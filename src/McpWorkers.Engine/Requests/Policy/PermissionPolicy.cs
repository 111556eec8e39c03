using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Requests.Policy;

/// <summary>Decides about a tool call by the rules of the settings, before anyone is asked. Pure: it looks at nothing but what it is given.</summary>
internal static class PermissionPolicy
{
    private const string ReadsWithin = "reads within the working directory";

    /// <summary>
    /// A deny rule wins, wherever it stands. What is made to deceive, or may fall under a deny rule, is asked at every level. Then allow rules count,
    /// which must cover all of the call; then reading within the working directory is allowed; then the level says.
    /// </summary>
    /// <param name="level">How far the work may go alone; rules may be for some levels only.</param>
    /// <param name="facts">Of the machine on which the tool is used.</param>
    public static PolicyDecision Decide(RequestSettings settings, AutonomyLevel level, ToolUse use, PathFacts facts)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(use);
        ArgumentNullException.ThrowIfNull(facts);
        var rules = settings.Rules.Where(rule => rule.Autonomy.Count == 0 || rule.Autonomy.Contains(level)).ToArray();
        var call = ToolCallReader.Read(use, facts);
        var denials = rules.Where(rule => !rule.Allows).Select(rule => (Rule: rule, Match: DenyRules.Meets(rule, call))).ToArray();
        foreach (var (rule, _) in denials.Where(d => d.Match == Match.Yes))
        {
            return new(PolicyDecisionKind.Deny, Name(rule));
        }

        if (call.Suspicion is { } suspicion)
        {
            return new(PolicyDecisionKind.Ask, $"suspicious: {suspicion}");
        }

        foreach (var (rule, _) in denials.Where(d => d.Match == Match.Maybe))
        {
            return new(PolicyDecisionKind.Ask, $"perhaps {Name(rule)}: {call.Doubt ?? "it cannot be told before it runs"}");
        }

        if (new AllowRules([.. rules.Where(rule => rule.Allows)]).Covering(call) is { } covering)
        {
            return new(PolicyDecisionKind.Allow, string.Join(" + ", covering.Select(Name)));
        }

        if (call is { Kind: ToolKind.Read, Doubt: null } && call.Paths.All(path => IsWithin(path, call.Place!)))
        {
            return new(PolicyDecisionKind.Allow, ReadsWithin);
        }

        return level == AutonomyLevel.Autonomous
            ? new(PolicyDecisionKind.Allow, level.ToWire())
            : new(PolicyDecisionKind.Ask, call.Doubt is { } doubt ? $"{level.ToWire()}; it cannot be analysed: {doubt}" : level.ToWire());
    }

    /// <summary>As spelled and with links followed. The whole file system is nobody's working directory.</summary>
    private static bool IsWithin(UsedPath path, Place place) =>
        place.RealDirectory is { Length: > 1 } real && !PolicyPath.IsRoot(real) && path.Sure
        && path.Spelled.All(p => PolicyPath.IsWithin(p, place.Directory, place.IgnoresCase) || PolicyPath.IsWithin(p, real, place.IgnoresCase))
        && path.Resolved.All(p => PolicyPath.IsWithin(p, real, place.IgnoresCase));

    private static string Name(PolicyRule rule) => $"{(rule.Allows ? "allow" : "deny")} {rule.Name}";
}
