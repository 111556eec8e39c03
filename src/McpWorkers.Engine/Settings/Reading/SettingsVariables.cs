using McpWorkers.Engine.Settings.Keys;

namespace McpWorkers.Engine.Settings.Reading;

/// <summary>Reads the variables that override keys of <c>mcpworkers.yaml</c>: <c>MCPWORKERS_BOUNDS_SILENCE_SECONDS=60</c>.</summary>
internal static class SettingsVariables
{
    private const string Prefix = "MCPWORKERS_";

    /// <summary>The marker of a run: there whenever an agent starts us.</summary>
    private const string RunMarker = "MCPWORKERS_RUN";

    /// <summary>Asks a client for debug mode; the environment that it hands on says so too, and it is no setting of the host's.</summary>
    private const string Debug = "MCPWORKERS_DEBUG";

    /// <summary>Each variable with its section (null at the root, with dots where it is in another) and key. Lists of mappings have none.</summary>
    public static IReadOnlyDictionary<string, (string? Section, SettingKey Key)> Known { get; } = Names(HostKeys.Table, null).ToDictionary();

    public static SettingNode.Branch Read(IReadOnlyDictionary<string, string> environment, SettingsProblems problems)
    {
        var root = new SettingNode.Branch(new SettingOrigin.BuiltIn());
        foreach (var (name, value) in environment.OrderBy(v => v.Key, StringComparer.Ordinal))
        {
            if (!name.StartsWith(Prefix, StringComparison.Ordinal) || name is RunMarker or Debug)
            {
                continue;
            }

            var origin = new SettingOrigin.Variable(name);
            if (!Known.TryGetValue(name, out var known))
            {
                problems.Add(origin, "no setting has this name."
                    + (Nearest.To(name, Known.Keys) is { } near ? $" Did you mean {near}?" : $" Known: {string.Join(", ", Known.Keys)}."));
                continue;
            }

            var (section, key) = known;
            string path = section is null ? key.Name : $"{section}.{key.Name}";
            if (new SettingsReader(_ => origin, problems).Read(Item(value, key.Shape), key.Shape, path) is { } node)
            {
                Place(root, section).Children[key.Name] = node;
            }
        }

        return root;
    }

    private static SettingNode.Branch Place(SettingNode.Branch root, string? section)
    {
        var place = root;
        foreach (string name in section?.Split('.') ?? [])
        {
            if (place.Under(name) is null)
            {
                place.Children[name] = new SettingNode.Branch(root.Origin);
            }

            place = place.Under(name)!;
        }

        return place;
    }

    private static YamlItem Item(string value, SettingShape shape) => shape switch
    {
        SettingShape.TextList => new YamlItem.Sequence(
            [.. value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Text)], 0),
        SettingShape.TextMap => new YamlItem.Mapping(
            [.. value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Pair)], 0),
        SettingShape.Text => Text(value),
        _ => new YamlItem.Scalar(value, Plain: true, 0),
    };

    private static (YamlItem.Scalar, YamlItem) Pair(string text) =>
        text.IndexOf('=', StringComparison.Ordinal) is >= 0 and var sign
            ? (Text(text[..sign].TrimEnd()), Text(text[(sign + 1)..].TrimStart()))
            : (Text(text), new YamlItem.Scalar("", Plain: true, 0));

    private static YamlItem.Scalar Text(string value) => new(value, Plain: false, 0);

    private static IEnumerable<KeyValuePair<string, (string?, SettingKey)>> Names(KeyTable table, string? section) =>
        // A list of mappings has no form in a variable.
        table.Keys.Where(key => key.Shape is not SettingShape.Entries).SelectMany(key => key.Shape is SettingShape.Section inner
            ? Names(inner.Keys, section is null ? key.Name : $"{section}.{key.Name}")
            : [new(Prefix + (section is null ? "" : section.Replace('.', '_').ToUpperInvariant() + "_") + key.Name.ToUpperInvariant(), (section, key))]);
}
