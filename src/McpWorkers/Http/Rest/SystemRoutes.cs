using System.Globalization;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers;
using McpWorkers.Engine.Workers.Telemetry;

namespace McpWorkers.Http.Rest;

/// <summary>What the machine, the daemon and the workers use now, and what the machine used in the last hour.</summary>
internal static class SystemRoutes
{
    private const string NumberOrNull = """{"anyOf":[{"type":"number"},{"type":"null"}]}""";
    private const string IntegerOrNull = """{"anyOf":[{"type":"integer"},{"type":"null"}]}""";

    private const string Schema =
        $$$$"""
        {"type":"object","properties":{
        "time":{"type":"string","description":"of the look, at most five seconds ago"},
        "uptime_seconds":{"type":"number"},
        "machine":{"type":"object","properties":{"processors":{"type":"integer"},
        "cpu_percent":{"anyOf":[{"type":"number"},{"type":"null"}],"description":"0-100, of all processors"},
        "memory_used_bytes":{{{{IntegerOrNull}}}},"memory_total_bytes":{{{{IntegerOrNull}}}},
        "disk_free_bytes":{{{{IntegerOrNull}}}},"disk_total_bytes":{{{{IntegerOrNull}}}}
        }},
        "daemon":{"type":"object","properties":{
        "cpu_percent":{"anyOf":[{"type":"number"},{"type":"null"}],"description":"of one processor"},"memory_bytes":{"type":"integer"}}},
        "workers":{"type":"object","additionalProperties":{"type":"object","properties":{
        "cpu_percent":{"anyOf":[{"type":"number"},{"type":"null"}],"description":"of one processor"},"memory_bytes":{{{{IntegerOrNull}}}},"processes":{{{{IntegerOrNull}}}}
        }}},
        "history":{"type":"array","items":{"type":"object","properties":{
        "time":{"type":"string"},"cpu_percent":{{{{NumberOrNull}}}},"memory_used_bytes":{{{{IntegerOrNull}}}},"running":{"type":"integer"}
        }}}
        },"required":["time","uptime_seconds","machine","daemon","workers","history"]}
        """;

    public static IEnumerable<Route> Of(WorkerManager manager) =>
    [
        new("GET", "/api/v1/system", "Processor time, memory and disk: of the machine with its last hour, the daemon, and each worker at work.", call => call.AnswerAsync(View(manager.SystemLoad())))
        {
            Scope = TokenScope.Read,
            AnswerSchema = Schema,
        },
    ];

    private static JsonObject View(SystemLoad load) => new()
    {
        ["time"] = Time(load.Time),
        ["uptime_seconds"] = Math.Round(load.Uptime.TotalSeconds, 1),
        ["machine"] = new JsonObject
        {
            ["processors"] = load.Machine.Processors,
            ["cpu_percent"] = Rounded(load.Machine.CpuPercent),
            ["memory_used_bytes"] = load.Machine.MemoryUsedBytes,
            ["memory_total_bytes"] = load.Machine.MemoryTotalBytes,
            ["disk_free_bytes"] = load.Machine.DiskFreeBytes,
            ["disk_total_bytes"] = load.Machine.DiskTotalBytes,
        },
        ["daemon"] = new JsonObject { ["cpu_percent"] = load.Host.CpuPercent, ["memory_bytes"] = load.Host.MemoryBytes },
        ["workers"] = new JsonObject(load.Workers.Select(worker => KeyValuePair.Create(worker.Key, (JsonNode?)new JsonObject
        {
            ["cpu_percent"] = worker.Value.CpuPercent,
            ["memory_bytes"] = worker.Value.MemoryBytes,
            ["processes"] = worker.Value.Processes,
        }))),
        ["history"] = new JsonArray([.. load.History.Select(point => (JsonNode)new JsonObject
        {
            ["time"] = Time(point.Time),
            ["cpu_percent"] = Rounded(point.CpuPercent),
            ["memory_used_bytes"] = point.MemoryUsedBytes,
            ["running"] = point.Running,
        })]),
    };

    private static double? Rounded(double? percent) => percent is { } known ? Math.Round(known, 1) : null;

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
