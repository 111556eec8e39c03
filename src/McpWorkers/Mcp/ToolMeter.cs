using System.Diagnostics.Metrics;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Mcp;

/// <summary>Counts calls of tools, by tool, door and how they ended.</summary>
internal sealed class ToolMeter
{
    private readonly Counter<long> _calls;
    private readonly Histogram<double> _durations;
    private readonly TimeProvider _time;

    public ToolMeter(Meter meter, TimeProvider time)
    {
        _time = time;
        _calls = meter.CreateCounter<long>("mcpworkers.tool.calls", "{call}", "Calls of tools, by tool, door and how they ended: ok, refused, cancelled.");
        _durations = meter.CreateHistogram(
            "mcpworkers.tool.duration", "s", "Until the answer, for as long as it waited for runs.", null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.025, 0.1, 0.5, 1, 5, 30, 120, 600, 3600] });
    }

    public async Task<CallToolResult> CountAsync(string tool, string door, Func<Task<CallToolResult>> call)
    {
        if (!_calls.Enabled)
        {
            return await call();
        }

        long begun = _time.GetTimestamp();
        string end = "cancelled";
        try
        {
            var result = await call();
            end = result.IsError == true ? "refused" : "ok";
            return result;
        }
        finally
        {
            var ofTool = KeyValuePair.Create<string, object?>("tool", tool);
            _calls.Add(1, ofTool, KeyValuePair.Create<string, object?>("door", DoorOf(door)), KeyValuePair.Create<string, object?>("end", end));
            _durations.Record(_time.GetElapsedTime(begun).TotalSeconds, ofTool);
        }
    }

    // A client says itself of what kind it is.
    private static string DoorOf(string kind) => kind switch
    {
        "mcp" or "cli" or "http" or "library" => kind,
        "page" => "http",
        _ => "other",
    };
}
