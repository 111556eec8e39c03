using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using McpWorkers.Cli.Execute;
using McpWorkers.Cli.History;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Tasks;

/// <summary>Tasks for a person. What they hold was written by others: control characters are shown as text.</summary>
internal static class TaskText
{
    private static readonly string[] Head = ["TASK", "STATUS", "WHY", "ROLE", "PRIORITY", "TRIES", "ADDED", "PROMPT"];

    public static string Id(JsonNode? task) => Short(task?["task_id"]);

    public static string Table(IEnumerable<JsonNode?> tasks, int? width) => TextTable.Of(
        [Head, .. tasks.Select(task => Row(task!))], isNumber: column => column == 5, width);

    /// <summary>In a line: which, how it is, and why.</summary>
    public static string Line(JsonNode task) =>
        $"{Id(task)}  {Short(task["status"])}{(Why(task) is { Length: > 0 } why ? $" ({why})" : "")}{(task["detail"] is { } detail ? $": {OneLine(detail)}" : "")}";

    /// <summary>A field a line, the attempts one a line, and the result of the last one.</summary>
    public static string Whole(JsonObject task, bool colours)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in task)
        {
            if (value is not (null or JsonArray { Count: 0 }) && name is not ("attempts" or "result"))
            {
                text.Append(CultureInfo.InvariantCulture, $"{name.Replace('_', ' '),-17} {Shown(value)}\n");
            }
        }

        foreach (var attempt in task["attempts"] as JsonArray ?? [])
        {
            text.Append(CultureInfo.InvariantCulture, $"attempt {Short(attempt?["number"]),-9} {Attempt(attempt!)}\n");
        }

        if (task["result"] is JsonObject result)
        {
            var read = ResultJson.Read(result);
            text.Append('\n').Append(ResultText.Of(read, read.Metadata["simulated"] is JsonValue value && value.GetValue<bool>(), colours));
        }

        return text.ToString();
    }

    private static string[] Row(JsonNode task) =>
    [
        Id(task),
        Short(task["status"]),
        Why(task),
        Short(task["role"]),
        Short(task["priority"]),
        (task["attempts"] as JsonArray ?? []).Count(attempt => attempt!["outcome"]?.ToString() != "handed_back").ToString(CultureInfo.InvariantCulture),
        HistoryText.Time(task["created"]?.ToString()),
        task["prompt"]?.ToString() ?? "",
    ];

    /// <summary>Whose turn it is, where it waits for somebody.</summary>
    private static string Why(JsonNode task) => task["waiting_for"] is JsonObject waited
        ? TerminalText.OneLine($"{waited["kind"]} {waited["request_id"]}".TrimEnd(), 60)
        : Short(task["reason"]) is "quota" && task["at"] is { } until ? $"quota until {HistoryText.Time(until.ToString())}"
        : Short(task["reason"]);

    private static string Attempt(JsonNode attempt)
    {
        string[] parts =
        [
            HistoryText.Time(attempt["started"]?.ToString()),
            Short(attempt["outcome"]) is { Length: > 0 } outcome ? outcome : "goes on",
            Short(attempt["cause"]),
            Short(attempt["run_id"]),
            Short(attempt["worker_id"]),
        ];
        return string.Join("  ", parts.Where(part => part.Length > 0));
    }

    private static string Shown(JsonNode value) => value switch
    {
        JsonArray list => string.Join(", ", list.Select(OneLine)),
        JsonObject fields => string.Join(", ", fields.Where(field => field.Value is not null).Select(field => $"{field.Key} {OneLine(field.Value)}")),
        _ => OneLine(value),
    };

    public static string OneLine(JsonNode? text) => TerminalText.OneLine(text?.ToString() ?? "", 4000);

    private static string Short(JsonNode? text) => TerminalText.OneLine(text?.ToString() ?? "", 60);
}
