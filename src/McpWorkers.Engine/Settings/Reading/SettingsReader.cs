using System.Globalization;
using McpWorkers.Engine.Settings.Keys;

namespace McpWorkers.Engine.Settings.Reading;

/// <summary>Checks YAML against the tables of keys. What is wrong is collected and left out; the rest is read on.</summary>
/// <param name="origin">Where a line of this text came from.</param>
internal sealed class SettingsReader(Func<long, SettingOrigin> origin, SettingsProblems problems)
{
    /// <param name="path">The keys above, with a dot after each; empty at the root.</param>
    /// <param name="otherKeys">Keys that the table does not know hold texts or lists of texts, instead of being refused.</param>
    public SettingNode.Branch ReadMapping(YamlItem.Mapping mapping, KeyTable table, string path = "", bool otherKeys = false)
    {
        var branch = new SettingNode.Branch(origin(mapping.Line));
        var seen = new Dictionary<string, long>();
        foreach (var (key, item) in mapping.Pairs)
        {
            string name = path + key.Text;
            if (!seen.TryAdd(key.Text, key.Line))
            {
                Add(key, FormattableString.Invariant($"{name} is given twice; first in line {seen[key.Text]}."));
            }
            else if (table.Find(key.Text) is { } known)
            {
                Keep(key.Text, Read(item, known.Shape, name));
            }
            else if (otherKeys)
            {
                Keep(key.Text, ReadFree(item, name));
            }
            else
            {
                Add(key, UnknownKey(key.Text, path, table));
            }
        }

        return branch;

        void Keep(string key, SettingNode? node)
        {
            if (node is not null)
            {
                branch.Children[key] = node;
            }
        }
    }

    public SettingNode? Read(YamlItem item, SettingShape shape, string name) => shape switch
    {
        SettingShape.Flag => Scalar(item, shape, name, ReadFlag),
        SettingShape.Whole whole => ReadWhole(item, whole, name),
        SettingShape.Number number => ReadNumber(item, number, name),
        SettingShape.Size size => Scalar(item, shape, name, s => SizeText.TryParse(s.Text) is { } bytes && bytes >= size.Min && bytes <= size.Max ? bytes : null),
        SettingShape.Text text => Scalar(item, shape, name, s => text.Rule.Allows(s.Text) ? s.Text : null),
        SettingShape.TextList list => ReadTexts(item, shape, list.Item, name),
        SettingShape.Words => ReadWords(item, shape, name),
        SettingShape.TextMap map => ReadTextMap(item, map, name),
        SettingShape.Section section => item switch
        {
            YamlItem.Mapping mapping => ReadMapping(mapping, section.Keys, name + "."),
            YamlItem.Scalar { IsNull: true } => new SettingNode.Branch(origin(item.Line)),
            _ => NotAllowed(item, shape, name),
        },
        SettingShape.Entries entries => ReadEntries(item, entries, name),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static object? ReadFlag(YamlItem.Scalar scalar) => scalar switch
    {
        { Plain: true, Text: "true" or "True" or "TRUE" } => true,
        { Plain: true, Text: "false" or "False" or "FALSE" } => false,
        _ => null,
    };

    private SettingNode.Value? ReadWhole(YamlItem item, SettingShape.Whole shape, string name)
    {
        if (item is not YamlItem.Scalar { Plain: true } scalar
            || !long.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number))
        {
            return NotAllowed(item, shape, name);
        }

        long clamped = Math.Clamp(number, shape.Min, shape.Max);
        if (clamped != number && !shape.Clamped)
        {
            return NotAllowed(item, shape, name);
        }

        if (clamped != number)
        {
            problems.Warn(origin(item.Line), FormattableString.Invariant(
                $"{name}: {number} is out of range; {clamped} is used. Allowed: {shape.Allowed}."));
        }

        return new SettingNode.Value(clamped, origin(item.Line));
    }

    private SettingNode.Value? ReadNumber(YamlItem item, SettingShape.Number shape, string name) =>
        item is YamlItem.Scalar { Plain: true } scalar
        && double.TryParse(scalar.Text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
        && number >= shape.Min && number <= shape.Max
            ? new(number, origin(item.Line))
            : NotAllowed(item, shape, name);

    private SettingNode.Value? ReadTexts(YamlItem item, SettingShape shape, TextRule rule, string name)
    {
        if (item is YamlItem.Scalar { IsNull: true })
        {
            return new(Array.Empty<string>(), origin(item.Line));
        }

        if (item is not YamlItem.Sequence sequence)
        {
            return NotAllowed(item, shape, name);
        }

        List<string> texts = [];
        for (int i = 0; i < sequence.Items.Count; i++)
        {
            if (sequence.Items[i] is YamlItem.Scalar { IsNull: false } scalar && rule.Allows(scalar.Text))
            {
                texts.Add(scalar.Text);
            }
            else
            {
                NotAllowed(sequence.Items[i], new SettingShape.Text(rule), FormattableString.Invariant($"{name}[{i}]"));
            }
        }

        return new(texts, origin(item.Line));
    }

    private SettingNode.Value? ReadWords(YamlItem item, SettingShape shape, string name)
    {
        IReadOnlyList<string>? words = item is YamlItem.Scalar { IsNull: false } scalar
            ? ShellWords.TrySplit(scalar.Text, out var split) ? split : null
            : ReadTexts(item, shape, TextRule.Any, name)?.Content as IReadOnlyList<string>;
        if (words is null && item is YamlItem.Sequence or YamlItem.Mapping)
        {
            return null;
        }

        return words is [{ Length: > 0 }, ..] && words.All(TextRule.Any.Allows)
            ? new(words, origin(item.Line))
            : NotAllowed(item, shape, name);
    }

    private SettingNode? ReadTextMap(YamlItem item, SettingShape.TextMap shape, string name)
    {
        if (item is YamlItem.Scalar { IsNull: true })
        {
            return new SettingNode.Branch(origin(item.Line));
        }

        if (item is not YamlItem.Mapping mapping)
        {
            return NotAllowed(item, shape, name);
        }

        foreach (var (key, _) in mapping.Pairs.Where(p => !shape.Name.Allows(p.Key.Text)))
        {
            problems.NotAllowed(origin(key.Line), name, $"the name '{key.Text}'", shape.Name.Allowed);
        }

        var texts = new KeyTable([.. mapping.Pairs.Select(p => p.Key.Text).Distinct().Where(shape.Name.Allows)
            .Select(n => new SettingKey(n, new SettingShape.Text(TextRule.Any), ""))]);
        var allowed = mapping.Pairs.Where(p => shape.Name.Allows(p.Key.Text));
        return ReadMapping(mapping with { Pairs = [.. allowed] }, texts, name + ".");
    }

    private SettingNode? ReadEntries(YamlItem item, SettingShape.Entries shape, string name)
    {
        var entries = new SettingNode.Branch(origin(item.Line));
        if (item is YamlItem.Scalar { IsNull: true })
        {
            return entries;
        }

        if (item is not YamlItem.Sequence sequence)
        {
            return NotAllowed(item, shape, name);
        }

        for (int i = 0; i < sequence.Items.Count; i++)
        {
            string path = FormattableString.Invariant($"{name}[{i}]");
            if (sequence.Items[i] is not YamlItem.Mapping mapping)
            {
                problems.NotAllowed(origin(sequence.Items[i].Line), path, Shown(sequence.Items[i]), "a mapping with a name");
                continue;
            }

            // Its own name says more in a message than its number.
            string? called = mapping.Pairs.Where(p => p.Key.Text == "name").Select(p => (p.Value as YamlItem.Scalar)?.Text).FirstOrDefault();
            var entry = ReadMapping(mapping, shape.Keys, (called is null ? path : $"{name}.{called}") + ".", shape.OtherKeys);
            if (entry.Get<string>("name") is not { } entryName)
            {
                // A name that is not allowed was said when it was read.
                if (called is null)
                {
                    problems.Add(origin(mapping.Line), $"{path} has no name.");
                }
            }
            else if (!entries.Children.TryAdd(entryName, entry))
            {
                problems.Add(origin(mapping.Line), $"{name}.{entryName} is given twice; first at {entries.Children[entryName].Origin}.");
            }
        }

        return entries;
    }

    private SettingNode.Value? ReadFree(YamlItem item, string name) => item switch
    {
        YamlItem.Scalar { IsNull: false } scalar => new(scalar.Text, origin(item.Line)),
        YamlItem.Sequence => ReadTexts(item, new SettingShape.TextList(TextRule.Any), TextRule.Any, name),
        _ => Refuse(item, name, "a text or a list of texts"),
    };

    private SettingNode.Value? Scalar(YamlItem item, SettingShape shape, string name, Func<YamlItem.Scalar, object?> read) =>
        item is YamlItem.Scalar { IsNull: false } scalar && read(scalar) is { } content
            ? new(content, origin(item.Line))
            : NotAllowed(item, shape, name);

    private SettingNode.Value? NotAllowed(YamlItem item, SettingShape shape, string name) => Refuse(item, name, shape.Allowed);

    private SettingNode.Value? Refuse(YamlItem item, string name, string allowed)
    {
        problems.NotAllowed(origin(item.Line), name, Shown(item), allowed);
        return null;
    }

    private void Add(YamlItem at, string message) => problems.Add(origin(at.Line), message);

    private static string Shown(YamlItem item) => item switch
    {
        YamlItem.Scalar { IsNull: true } => "no value",
        YamlItem.Scalar { Text.Length: > 80 } scalar => $"'{scalar.Text[..80]}…'",
        YamlItem.Scalar scalar => $"'{scalar.Text}'",
        YamlItem.Sequence => "a list",
        _ => "a mapping",
    };

    private static string UnknownKey(string key, string path, KeyTable table)
    {
        string known = $"Known: {string.Join(", ", table.Names)}.";
        string message = $"{path}{key} is not a known key. ";
        return path.Length == 0 && ElsewhereKnown(key, table) is { } file
            ? $"{message}It belongs into {file}. {known}"
            : Nearest.To(key, table.Names) is { } near ? $"{message}Did you mean {near}? {known}" : message + known;
    }

    private static string? ElsewhereKnown(string key, KeyTable table) =>
        table != HostKeys.Table && HostKeys.Table.Find(key) is not null ? HostKeys.FileName
        : table != EcosystemKeys.Table && EcosystemKeys.Table.Find(key) is not null ? EcosystemKeys.FileName
        : null;
}
