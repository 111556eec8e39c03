using McpWorkers.Engine.Model;
using static McpWorkers.Engine.Settings.Keys.SettingShape;

namespace McpWorkers.Engine.Settings.Keys;

/// <summary>The keys of <c>requests</c>.</summary>
internal static class RequestKeys
{
    public static KeyTable Host => new(
        new("expiry_minutes", new Whole(1, 10_080), "So long a request waits for an answer; then the default for unattended work holds.", "30"),
        new("hold_seconds", new Whole(1, 86_400),
            "So long the agent's call is held, its process and its slot with it, and never longer than the agent waits for a tool. Then the agent is told to end its turn, and the answer begins a new run of the same session.", "1800"),
        new("autonomy", new Text(TextRule.Choice([.. AutonomyLevelNames.All])), "How far work may go alone whose role says nothing; see `autonomy` of a role.", "supervised"),
        new("rules", new Entries(Rule), "What is allowed or denied without asking anyone. One that denies wins over all that allow, whatever their order.", "[]"));

    private static KeyTable Rule => new(
        new("name", new Text(TextRule.EntryName), "Required. Entries of the same name in several files are merged, key by key."),
        new("decision", new Text(TextRule.Choice("allow", "deny")), "Required. What becomes of a tool call that the rule is about."),
        new("tools", new TextList(TextRule.NotEmpty), "Tools by the agent's own names, such as `mcp__files__*`, or by kind: shell, edit, read, web, mcp, other. Empty: all.", "[]"),
        new("commands", new TextList(TextRule.NotEmpty), "Of the shell: words of a command, such as `git status` or `npm *`. Empty: any.", "[]"),
        new("paths", new TextList(TextRule.NotEmpty), "Absolute, beginning with ~/, or relative to the working directory; `*` within a name, `**` for any depth. Empty: any.", "[]"),
        new("autonomy", new TextList(TextRule.Choice([.. AutonomyLevelNames.All])), "The levels at which it holds. Empty: all.", "[]"));
}
