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
        new("autonomy", new Text(TextRule.Choice([.. AutonomyLevelNames.All])), "How far work may go alone whose role says nothing; see `autonomy` of a role.", "supervised"));
}
