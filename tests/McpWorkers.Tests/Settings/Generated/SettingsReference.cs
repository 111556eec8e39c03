using System.Text;
using McpWorkers.Engine.Settings.Keys;

namespace McpWorkers.Tests.Settings.Generated;

/// <summary>Writes a table of keys as a Markdown table.</summary>
internal static class SettingsReference
{
    public static string Of(KeyTable table, string prefix = "")
    {
        var text = new StringBuilder("| Key | Allowed | Default | Meaning |\n|---|---|---|---|\n");
        foreach (var row in Rows(table, prefix))
        {
            text.Append(row);
        }

        return text.ToString();
    }

    private static IEnumerable<string> Rows(KeyTable table, string prefix) => table.Keys.SelectMany(key => key.Shape switch
    {
        SettingShape.Section section => [Row(prefix + key.Name, "a mapping", null, key.Meaning), .. Rows(section.Keys, $"{prefix}{key.Name}.")],
        SettingShape.Entries entries =>
            [Row(prefix + key.Name, key.Shape.Allowed, key.Default, key.Meaning), .. Rows(entries.Keys, $"{prefix}{key.Name}[].")],
        _ => (IEnumerable<string>)[Row(prefix + key.Name, key.Shape.Allowed, key.Default, key.Meaning)],
    });

    private static string Row(string name, string allowed, string? @default, string meaning)
    {
        string shown = @default is null ? "" : $"`{@default}`";
        return $"| `{name}` | {Cell(allowed)} | {Cell(shown)} | {Cell(meaning)} |\n";
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
