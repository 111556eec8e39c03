using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Requests;

/// <summary>Requests for a person. What they hold was written by agents: control characters are shown as text.</summary>
internal static class RequestText
{
    private const string Indent = "    ";

    private static readonly string[] Head = ["REQUEST", "KIND", "STATE", "WORKER", "LEFT", "ASKS"];
    private static readonly string[] Long = ["text", "input", "options", "answer"];
    private static readonly string[] Unshown = ["untrusted", "text_length", "input_length"];

    public static string Id(JsonNode request) => request["request_id"]?.ToString() ?? "";

    public static string Table(IEnumerable<JsonNode?> requests, DateTimeOffset now, int? width) => TextTable.Of(
        [Head, .. requests.Select(request => Row(request!, now))], isNumber: column => column == 4, width);

    /// <summary>In a line: which, what is asked, and what became of it.</summary>
    public static string Line(JsonNode request)
    {
        string state = request["state"]?.ToString() ?? "";
        return state == "pending"
            ? $"{Short(request["request_id"])}  {Who(request)} asks: {Asks(request, 500)}"
            : $"{Short(request["request_id"])}  {state} by {Short(request["decided_by"])}: {Asks(request, 200)}";
    }

    /// <summary>A field a line; what was asked as it was asked, at the end.</summary>
    public static string Whole(JsonObject request)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in request.Where(field => field.Value is not (null or JsonArray { Count: 0 }) && !Long.Contains(field.Key) && !Unshown.Contains(field.Key)))
        {
            text.Append(CultureInfo.InvariantCulture, $"{name.Replace('_', ' '),-17} {TerminalText.OneLine(value!.ToString(), 4000)}\n");
        }

        foreach (string name in Long)
        {
            string shown = request[name] switch
            {
                null or JsonArray { Count: 0 } => "",
                JsonArray list => string.Join('\n', list.Select(option => "- " + option)),
                var value => name == "input" ? Pretty(value.ToString()) : value.ToString(),
            };
            if (shown.Length > 0)
            {
                text.Append('\n').Append(name).Append(":\n").Append(Indent).Append(TerminalText.Visible(shown).ReplaceLineEndings("\n" + Indent)).Append('\n');
            }
        }

        return text.ToString();
    }

    private static string[] Row(JsonNode request, DateTimeOffset now) =>
    [
        Short(request["request_id"]),
        Short(request["kind"]),
        Short(request["state"]),
        Who(request),
        request["state"]?.ToString() == "pending" ? Left(request["expires"]?.ToString(), now) : "",
        Asks(request, 500),
    ];

    private static string Who(JsonNode request) => Short(request["worker_id"] ?? request["task_id"]);

    /// <summary>Of a tool call what it would be called with says more than the agent's words for it.</summary>
    private static string Asks(JsonNode request, int length) => TerminalText.OneLine(
        request["tool"] is { } tool ? $"{tool} {request["input"] ?? request["text"]}" : request["text"]?.ToString() ?? "", length);

    private static string Left(string? expires, DateTimeOffset now) =>
        DateTimeOffset.TryParse(expires, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var until)
            ? Watch.Figures.Time(until > now ? until - now : TimeSpan.Zero)
            : "";

    /// <summary>With all that is in it: a name that comes twice too.</summary>
    private static string Pretty(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            using var buffer = new MemoryStream();
            using (var writer = new Utf8JsonWriter(buffer, new() { Indented = true, Encoder = ResultJson.Relaxed.Encoder }))
            {
                document.WriteTo(writer);
            }

            return Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
        }
        catch (JsonException)
        {
            return json;
        }
    }

    private static string Short(JsonNode? text) => TerminalText.OneLine(text?.ToString() ?? "", 60);
}
