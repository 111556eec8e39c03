using System.Globalization;
using System.Text;

namespace McpWorkers.Http.Metrics;

/// <summary>What came together for one set of labels.</summary>
/// <param name="bounds">The buckets' upper bounds, ascending; null for what is no histogram.</param>
internal sealed class MetricSeries(IReadOnlyList<double>? bounds)
{
    private readonly long[] _buckets = new long[bounds?.Count ?? 0];
    private double _sum;
    private long _count;

    public void Set(double value) => _sum = value;

    public void Add(double value)
    {
        _sum += value;
        _count++;
        for (int i = 0; i < _buckets.Length; i++)
        {
            if (value <= bounds![i])
            {
                _buckets[i]++;
            }
        }
    }

    /// <param name="labels">As Prometheus writes them, without braces.</param>
    public void WriteTo(StringBuilder text, string name, string labels)
    {
        if (bounds is null)
        {
            Line(text, name, labels, _sum);
            return;
        }

        for (int i = 0; i < _buckets.Length; i++)
        {
            Line(text, name + "_bucket", With(labels, MetricText.Number(bounds[i])), _buckets[i]);
        }

        Line(text, name + "_bucket", With(labels, "+Inf"), _count);
        Line(text, name + "_sum", labels, _sum);
        Line(text, name + "_count", labels, _count);
    }

    private static string With(string labels, string bound) => $"{labels}{(labels.Length > 0 ? "," : "")}le=\"{bound}\"";

    private static void Line(StringBuilder text, string name, string labels, double value) =>
        text.Append(CultureInfo.InvariantCulture, $"{name}{(labels.Length > 0 ? "{" + labels + "}" : "")} {MetricText.Number(value)}\n");
}
