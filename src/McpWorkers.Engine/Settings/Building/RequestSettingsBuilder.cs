using McpWorkers.Engine.Model;
using McpWorkers.Engine.Settings.Reading;

namespace McpWorkers.Engine.Settings.Building;

/// <summary>Makes what <c>requests</c> says.</summary>
internal static class RequestSettingsBuilder
{
    public static RequestSettings Of(SettingNode.Branch tree) => new()
    {
        Expiry = TimeSpan.FromMinutes(tree.Number("expiry_minutes")!.Value),
        Hold = HostSettingsBuilder.Seconds(tree.Number("hold_seconds")!.Value),
        Autonomy = AutonomyLevelNames.TryParse(tree.Get<string>("autonomy"), out var autonomy) ? autonomy : AutonomyLevel.Supervised,
    };
}
