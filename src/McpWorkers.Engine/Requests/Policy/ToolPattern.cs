using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Requests.Policy;

/// <summary>Whether a rule is about a tool.</summary>
internal static class ToolPattern
{
    /// <summary>A pattern that is a kind's name means that kind, and no tool that happens to be called so.</summary>
    public static bool IsAbout(PolicyRule rule, string tool, ToolKind kind) =>
        rule.Tools.Count == 0 || rule.Tools.Any(pattern =>
            ToolKindNames.TryParse(pattern, out var meant) ? meant == kind : Wildcards.Matches(pattern, tool, ignoreCase: !rule.Allows));

    /// <summary>Whether it is about all tools, or all of that kind.</summary>
    public static bool IsAboutKind(PolicyRule rule, ToolKind kind) =>
        rule.Tools.Count == 0 || rule.Tools.Any(pattern => pattern == "*" || (ToolKindNames.TryParse(pattern, out var meant) && meant == kind));
}
