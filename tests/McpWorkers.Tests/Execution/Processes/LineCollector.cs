using System.Text;
using McpWorkers.Engine.Execution;

namespace McpWorkers.Tests.Execution.Processes;

/// <summary>Keeps what was read, the beginning of each line, and answers as the test says.</summary>
internal sealed class LineCollector(Func<string, RunActivity>? judge = null) : IRunReader
{
    private const int KeptMax = 1000;

    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lock)
            {
                return [.. _lines];
            }
        }
    }

    public int Count { get; private set; }

    public long LongestRead { get; private set; }

    public RunActivity Take(in OutputLine line)
    {
        string text = Encoding.UTF8.GetString(line.Bytes[..Math.Min(line.Bytes.Length, 10_000)]);
        lock (_lock)
        {
            if (_lines.Count < KeptMax)
            {
                _lines.Add(text);
            }
        }

        Count++;
        LongestRead = Math.Max(LongestRead, line.Bytes.Length);
        return judge?.Invoke(text) ?? default;
    }
}
