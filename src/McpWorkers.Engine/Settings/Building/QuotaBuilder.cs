using McpWorkers.Engine.Model;
using McpWorkers.Engine.Settings.Reading;

namespace McpWorkers.Engine.Settings.Building;

/// <summary>Makes what concerns quotas out of the host's keys <c>quota</c> and <c>signals</c>.</summary>
internal static class QuotaBuilder
{
    public static QuotaSettings Of(SettingNode.Branch tree, IEnumerable<SettingNode.Branch> signals, SettingsSources sources, SettingsProblems problems)
    {
        var rules = new OrderedDictionary<string, SignalRule>(BuiltInSignals.All.Select(rule => KeyValuePair.Create(rule.Name, rule)));
        foreach (var entry in signals)
        {
            string name = entry.Get<string>("name")!;
            if (RuleOf(name, entry, rules.GetValueOrDefault(name), sources, problems) is { } rule)
            {
                rules[name] = rule;
            }
        }

        return new() { Patience = HostSettingsBuilder.Seconds(tree.Number("patience_seconds")!.Value), Signals = [.. rules.Values] };
    }

    private static SignalRule? RuleOf(string name, SettingNode.Branch entry, SignalRule? known, SettingsSources sources, SettingsProblems problems)
    {
        string path = $"signals.{name}";
        string? agent = entry.Get<string>("agent") ?? known?.Agent;
        string? pattern = entry.Get<string>("pattern") ?? known?.Pattern;
        var source = SignalNames.TryParse(entry.Get<string>("source"), out SignalSource told) ? told : known?.Source;
        if (agent is null || pattern is null || source is null)
        {
            problems.Add(entry.Origin, $"{path} lacks {(agent is null ? "agent" : pattern is null ? "pattern" : "source")}. Only a change to a built-in rule may leave it out.");
            return null;
        }

        if (agent != "*" && !sources.Agents.Contains(agent))
        {
            problems.NotAllowed(entry["agent"]?.Origin ?? entry.Origin, path + ".agent", $"'{agent}'", "*, " + string.Join(", ", sources.Agents));
            return null;
        }

        var rule = new SignalRule
        {
            Name = name,
            Agent = agent,
            Source = source.Value,
            Pattern = pattern,
            Meaning = SignalNames.TryParse(entry.Get<string>("meaning"), out SignalMeaning meaning) ? meaning : known?.Meaning ?? SignalMeaning.Quota,
            Reset = SignalNames.TryParse(entry.Get<string>("reset"), out ResetForm reset) ? reset : known?.Reset ?? ResetForm.None,
        };
        return IsUsable(rule, entry, path, problems) ? rule : null;
    }

    private static bool IsUsable(SignalRule rule, SettingNode.Branch entry, string path, SettingsProblems problems)
    {
        var origin = entry["pattern"]?.Origin ?? entry.Origin;
        try
        {
            if (rule.Reset == ResetForm.None || rule.ToRegex().GetGroupNames().Contains("reset"))
            {
                _ = rule.ToRegex();
                return true;
            }

            problems.Add(origin, $"{path}: reset is {rule.Reset.ToWire()}, and the pattern has no group (?<reset>…).");
        }
        catch (ArgumentException e)
        {
            problems.NotAllowed(origin, path + ".pattern", $"'{rule.Pattern}'", $"a regular expression without look-around and back-references ({e.Message})");
        }

        return false;
    }
}
