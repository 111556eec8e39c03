using System.Globalization;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Settings.Keys;
using McpWorkers.Engine.Settings.Reading;

namespace McpWorkers.Engine.Settings.Building;

/// <summary>Lists the merged tree for a reader: every key with its value and where it came from.</summary>
internal static class EffectiveValues
{
    private static readonly HashSet<string> MapsOfVariables = ["environment", "env", "headers"];

    private static readonly HashSet<string> Commands = ["command_template", "args", "command"];

    public static IReadOnlyList<SettingValue> Of(SettingNode.Branch tree, HostSettings settings)
    {
        var whole = Implied(settings).OverriddenBy(tree);
        // A key that nobody wrote and that has no default is not in force.
        return [.. HostKeys.Table.With(EcosystemKeys.Table).Names.Where(whole.Children.ContainsKey).SelectMany(key => Under(key, whole.Children[key], isSecret: false))];
    }

    /// <summary>What is in force although nobody wrote it.</summary>
    private static SettingNode.Branch Implied(HostSettings settings)
    {
        var origin = new SettingOrigin.BuiltIn();
        var types = new SettingNode.Branch(origin);
        foreach (var type in settings.WorkerTypes)
        {
            types.Children[type.Name] = new SettingNode.Branch(
                new()
                {
                    ["agent"] = new SettingNode.Value(type.Agent, origin),
                    ["permission"] = new SettingNode.Value(type.Permission.ToWire(), origin),
                },
                origin);
        }

        return new(
            new()
            {
                ["data_directory"] = new SettingNode.Value(settings.DataDirectory, origin),
                [EcosystemKeys.Workers] = types,
            },
            origin);
    }

    private static IEnumerable<SettingValue> Under(string path, SettingNode node, bool isSecret)
    {
        string key = path[(path.LastIndexOf('.') + 1)..];
        switch (node)
        {
            case SettingNode.Branch branch:
                // An entry's name is in its path already.
                return branch.Children.Where(c => c.Key != "name").SelectMany(c => Under(
                    $"{path}.{c.Key}", c.Value, isSecret: MapsOfVariables.Contains(key) && SecretMask.IsSecretName(c.Key)));
            case SettingNode.Value { Content: IReadOnlyList<string> texts }:
                var shown = Commands.Contains(key) ? SecretMask.Words(texts) : texts;
                return [new(path, $"[{string.Join(", ", shown.Select(Quoted))}]", node.Origin)];
            case SettingNode.Value value:
                // Whoever knows the whole address of a hook may call it.
                string shownText = isSecret ? SecretMask.Masked : Shown(path == "notify.url" ? SecretMask.Address((string)value.Content) : value.Content);
                return [new(path, shownText, node.Origin)];
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private static string Shown(object content) => content switch
    {
        bool flag => flag ? "true" : "false",
        string text => Quoted(text),
        _ => Convert.ToString(content, CultureInfo.InvariantCulture)!,
    };

    /// <summary>In YAML's double quotes where the bare text would mean something else.</summary>
    private static string Quoted(string text)
    {
        bool bare = text == SecretMask.Masked || text.Length > 0 && !char.IsWhiteSpace(text[0]) && !char.IsWhiteSpace(text[^1])
            && !"-?:,[]{}#&*!|>'\"%@`=".Contains(text[0], StringComparison.Ordinal)
            && !text.Any(c => c is ',' or '[' or ']' or '{' or '}' or '"' or '\\' || char.IsControl(c))
            && !text.Contains(": ", StringComparison.Ordinal) && !text.Contains(" #", StringComparison.Ordinal) && text[^1] != ':'
            && !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _)
            && text.ToLowerInvariant() is not ("true" or "false" or "null" or "~");
        return bare || text.StartsWith("--", StringComparison.Ordinal) && !text.Any(c => c is ' ' or ',' or '"' or '\\' or '[' or ']' or '{' or '}' or '#' || char.IsControl(c))
            ? text
            : '"' + string.Concat(text.Select(Escaped)) + '"';
    }

    private static string Escaped(char c) => c switch
    {
        '"' => "\\\"",
        '\\' => @"\\",
        '\n' => "\\n",
        '\t' => "\\t",
        _ when char.IsControl(c) => FormattableString.Invariant($"\\x{(int)c:X2}"),
        _ => c.ToString(),
    };
}
