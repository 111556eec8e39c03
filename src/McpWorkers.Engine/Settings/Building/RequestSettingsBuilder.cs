using McpWorkers.Engine.Model;
using McpWorkers.Engine.Settings.Reading;

namespace McpWorkers.Engine.Settings.Building;

/// <summary>Makes what <c>requests</c> says.</summary>
internal static class RequestSettingsBuilder
{
    public static RequestSettings Of(SettingNode.Branch tree, SettingsProblems problems) => new()
    {
        Expiry = TimeSpan.FromMinutes(tree.Number("expiry_minutes")!.Value),
        Hold = HostSettingsBuilder.Seconds(tree.Number("hold_seconds")!.Value),
        Autonomy = AutonomyLevelNames.TryParse(tree.Get<string>("autonomy"), out var autonomy) ? autonomy : AutonomyLevel.Supervised,
        Rules = [.. tree.Under("rules")!.Children.Values.Cast<SettingNode.Branch>().Select(entry => RuleOf(entry, problems))],
    };

    private static PolicyRule RuleOf(SettingNode.Branch entry, SettingsProblems problems)
    {
        var rule = new PolicyRule
        {
            Name = entry.Get<string>("name")!,
            Allows = entry.Get<string>("decision") == "allow",
            Tools = Texts(entry, "tools"),
            Commands = Texts(entry, "commands"),
            Paths = Texts(entry, "paths"),
            Autonomy = [.. Texts(entry, "autonomy").Select(name => AutonomyLevelNames.TryParse(name, out var level) ? level : default)],
        };
        string path = $"requests.rules.{rule.Name}";
        if (entry["decision"] is null)
        {
            problems.Add(entry.Origin, $"{path} has no decision. Allowed: allow or deny.");
        }

        // A rule that can never be about anything is a slip, and a denial that never holds a dangerous one.
        if (rule.Commands.Count > 0 && rule.Tools.Count > 0 && !rule.Tools.Any(MayBeShell))
        {
            problems.NotAllowed(entry["commands"]!.Origin, path + ".commands", "a list", "commands of a rule whose tools are empty or hold shell");
        }

        CheckBlanks(entry, "tools", rule.Tools, path, problems);
        CheckBlanks(entry, "commands", rule.Commands, path, problems);
        CheckBlanks(entry, "paths", rule.Paths, path, problems);
        return rule;
    }

    /// <summary>By name, any tool may turn out to run commands; of the kinds only one does.</summary>
    private static bool MayBeShell(string tool) => tool is not ("edit" or "read" or "web");

    private static void CheckBlanks(SettingNode.Branch entry, string key, IReadOnlyList<string> texts, string path, SettingsProblems problems)
    {
        foreach (string text in texts.Where(string.IsNullOrWhiteSpace))
        {
            problems.NotAllowed(entry[key]!.Origin, $"{path}.{key}", $"'{text}'", "a text that is not blank");
        }
    }

    private static IReadOnlyList<string> Texts(SettingNode.Branch entry, string key) => entry.Get<IReadOnlyList<string>>(key) ?? [];
}
