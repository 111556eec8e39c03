using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace McpWorkers.Http.Metrics;

/// <summary>One instrument as Prometheus has it: a name, and a value for each set of labels.</summary>
internal sealed class MetricFamily
{
    /// <summary>Of one instrument. Labels are bounded by whoever records; this holds where somebody errs.</summary>
    public const int SeriesMax = 500;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, MetricSeries> _series = new(StringComparer.Ordinal);
    private readonly string _help;
    private readonly string _type;
    private readonly bool _isObservable;
    private readonly IReadOnlyList<double>? _bounds;

    public MetricFamily(Instrument instrument)
    {
        bool isCounter = instrument is Counter<long> or Counter<double> or ObservableCounter<long> or ObservableCounter<double>;
        _isObservable = instrument.IsObservable;
        _bounds = instrument is Histogram<double> histogram ? histogram.Advice?.HistogramBucketBoundaries ?? [] : null;
        _type = _bounds is not null ? "histogram" : isCounter ? "counter" : "gauge";
        _help = MetricText.Help(instrument.Description ?? instrument.Name);
        Name = MetricText.NameOf(instrument.Name, instrument.Unit, isCounter);
    }

    public string Name { get; }

    public void Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        string key = MetricText.Labels(labels);
        lock (_lock)
        {
            if (!_series.TryGetValue(key, out var series))
            {
                if (_series.Count >= SeriesMax)
                {
                    return;
                }

                _series[key] = series = new(_bounds);
            }

            if (_isObservable || _type == "gauge")
            {
                series.Set(value);
            }
            else
            {
                series.Add(value);
            }
        }
    }

    /// <summary>Before what is observed is asked for: of what is no longer so nothing must stay.</summary>
    public void Forget()
    {
        if (_isObservable)
        {
            lock (_lock)
            {
                _series.Clear();
            }
        }
    }

    public void WriteTo(StringBuilder text)
    {
        lock (_lock)
        {
            if (_series.Count == 0)
            {
                return;
            }

            text.Append(CultureInfo.InvariantCulture, $"# HELP {Name} {_help}\n# TYPE {Name} {_type}\n");
            foreach (var (labels, series) in _series)
            {
                series.WriteTo(text, Name, labels);
            }
        }
    }
}
