using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;

namespace McpWorkers.Http.Metrics;

/// <summary>Listens to one meter from its making on, and adds up what is recorded, for whoever asks.</summary>
internal sealed class MetricStore : IDisposable
{
    private readonly ConcurrentDictionary<Instrument, MetricFamily> _families = new();
    private readonly MeterListener _listener = new();

    /// <summary>One scrape after the other: what is observed goes through the families.</summary>
    private readonly Lock _scraping = new();

    /// <param name="meter">Others of the same name in this process are other hosts'.</param>
    public MetricStore(Meter meter)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter, meter))
            {
                listener.EnableMeasurementEvents(instrument, _families.GetOrAdd(instrument, static one => new MetricFamily(one)));
            }
        };
        _listener.SetMeasurementEventCallback<int>(static (_, value, labels, family) => ((MetricFamily)family!).Take(value, labels));
        _listener.SetMeasurementEventCallback<long>(static (_, value, labels, family) => ((MetricFamily)family!).Take(value, labels));
        _listener.SetMeasurementEventCallback<double>(static (_, value, labels, family) => ((MetricFamily)family!).Take(value, labels));
        _listener.Start();
    }

    /// <summary>All of it now, in the text format.</summary>
    public string Read()
    {
        var text = new StringBuilder(16 * 1024);
        lock (_scraping)
        {
            foreach (var family in _families.Values)
            {
                family.Forget();
            }

            _listener.RecordObservableInstruments();
            foreach (var family in _families.Values.OrderBy(family => family.Name, StringComparer.Ordinal))
            {
                family.WriteTo(text);
            }
        }

        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();
}
