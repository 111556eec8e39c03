using McpWorkers.Engine.Settings.Keys;

namespace McpWorkers.Engine.Settings.Reading;

/// <summary>The defaults of a table, read as if they stood in a file.</summary>
internal static class SettingDefaults
{
    public static SettingNode.Branch Of(KeyTable table)
    {
        var origin = new SettingOrigin.BuiltIn();
        var problems = new SettingsProblems();
        var reader = new SettingsReader(_ => origin, problems);
        var branch = new SettingNode.Branch(origin);
        foreach (var key in table.Keys)
        {
            var node = key switch
            {
                { Shape: SettingShape.Section section } => Of(section.Keys),
                { Default: { } text } => reader.Read(YamlFile.Parse(text)!, key.Shape, key.Name),
                _ => null,
            };
            if (node is not null)
            {
                branch.Children[key.Name] = node;
            }
        }

        return problems.Problems.Count == 0
            ? branch
            : throw new InvalidOperationException("A table of keys has a default that it does not allow: " + problems.Problems[0]);
    }
}
