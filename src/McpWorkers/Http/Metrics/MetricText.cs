using System.Globalization;
using System.Text;

namespace McpWorkers.Http.Metrics;

/// <summary>Names, labels and numbers as the text format of Prometheus (version 0.0.4) writes them.</summary>
internal static class MetricText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>Long values are nobody's label.</summary>
    private const int LabelMax = 100;

    /// <summary>Dots become underscores; the unit follows, and <c>_total</c> for what only grows.</summary>
    /// <param name="unit">As UCUM has it; one in braces is a word for a reader and no part of the name, but for dollars.</param>
    public static string NameOf(string name, string? unit, bool isCounter)
    {
        string suffix = unit switch
        {
            "s" => "_seconds",
            "By" => "_bytes",
            "1" => "_ratio",
            "{usd}" => "_usd",
            _ => "",
        };
        return name.Replace('.', '_') + suffix + (isCounter ? "_total" : "");
    }

    /// <summary>Such as <c>status="failed",worker_type="echo"</c>; empty for none.</summary>
    public static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        if (labels.Length == 0)
        {
            return "";
        }

        var text = new StringBuilder();
        foreach (var (name, value) in labels)
        {
            text.Append(text.Length > 0 ? "," : "").Append(name).Append("=\"");
            string shown = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
            foreach (char character in shown.Length > LabelMax ? shown.AsSpan(0, LabelMax) : shown)
            {
                text.Append(character switch { '\\' => "\\\\", '"' => "\\\"", '\n' => "\\n", _ => character.ToString() });
            }

            text.Append('"');
        }

        return text.ToString();
    }

    public static string Help(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    public static string Number(double value) => double.IsPositiveInfinity(value) ? "+Inf"
        : double.IsNegativeInfinity(value) ? "-Inf"
        : value.ToString("R", CultureInfo.InvariantCulture);
}
