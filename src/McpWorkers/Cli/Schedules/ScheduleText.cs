using System.Text.Json.Nodes;
using McpWorkers.Cli.History;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Schedules;

/// <summary>Schedules for a person.</summary>
internal static class ScheduleText
{
    private static readonly string[] Head = ["SCHEDULE", "CRON", "ZONE", "NEXT", "LAST", "ROLE", "LAST OUTCOME"];

    public static string Id(JsonNode schedule) => Short(schedule["schedule_id"]);

    public static string Table(JsonArray schedules, int? width) =>
        TextTable.Of([Head, .. schedules.Select(schedule => Row(schedule!))], isNumber: static _ => false, width);

    /// <summary>When it is due next, in its own zone's name and in UTC.</summary>
    public static string Due(JsonNode schedule) => Time(schedule["next"]) is { Length: > 0 } next
        ? $"Due next at {next} ('{Short(schedule["cron"])}', {Short(schedule["time_zone"])})."
        : "It is due at no time.";

    public static string Done(string action, JsonNode schedule) => action switch
    {
        "run_now" => Short(schedule["last_task"]),
        "remove" => $"Removed {Short(schedule["name"])}.",
        "pause" => $"Paused {Short(schedule["name"])}.",
        _ => $"{Short(schedule["name"])} goes on. {Due(schedule)}",
    };

    private static string[] Row(JsonNode schedule) =>
    [
        Short(schedule["name"]),
        Short(schedule["cron"]),
        Short(schedule["time_zone"]),
        schedule["paused"] is JsonValue paused && (bool)paused ? "paused" : Time(schedule["next"]),
        Time(schedule["last"]),
        Short(schedule["role"]),
        schedule["last_outcome"]?.ToString() ?? "",
    ];

    private static string Time(JsonNode? time) => HistoryText.Time(time?.ToString());

    private static string Short(JsonNode? text) => TerminalText.OneLine(text?.ToString() ?? "", 60);
}
