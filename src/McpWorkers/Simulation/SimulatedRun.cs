using System.Globalization;
using System.Text.Json;

namespace McpWorkers.Simulation;

/// <summary>One run as it goes on: what has been said, used and denied, and how it will end. The directives act on it.</summary>
internal sealed class SimulatedRun(Surroundings around, SimulationOptions options, CancellationToken interrupted)
{
    private readonly long _begun = around.Time.GetTimestamp();
    private readonly List<string> _answers = [];
    private readonly List<(string Tool, string ToolUse)> _denials = [];
    private readonly Random _pace = new(options.Session.GetHashCode());
    private RunUsage _usage = RunUsage.None;
    private RunUsage _usageAtResult = RunUsage.None;
    private string _message = "";
    private int _ids;
    private int _results;
    private bool _started;

    public ClaudeStream Stream { get; } = new(around, options);

    public Surroundings Around { get; } = around;

    /// <summary>As claude names it, such as <c>plan</c>.</summary>
    public string PermissionMode { get; } = options.PermissionMode;

    public CancellationToken Interrupted { get; } = interrupted;

    public bool Fast { get; set; } = options.Fast;

    /// <summary>A raw line was written: whoever wrote the script tells the whole story, and nothing is added to it.</summary>
    public bool Verbatim { get; set; }

    /// <summary>Set once the run is over; the process ends with it.</summary>
    public int? ExitCode { get; private set; }

    public bool HasAnswer => _answers.Count > 0;

    public string Answer => string.Join('\n', _answers);

    public void Exit(int code) => ExitCode ??= code;

    /// <summary>Adds a line to what the final result will say.</summary>
    public void AddAnswer(string text) => _answers.Add(text);

    /// <summary>Says that the session begins, once.</summary>
    public void Start()
    {
        if (!_started)
        {
            _started = true;
            Stream.Init();
        }
    }

    /// <summary>The time between two events: 100 to 300 ms, none at a fast pace.</summary>
    public Task PauseAsync() => Fast ? Task.CompletedTask : WaitAsync(TimeSpan.FromMilliseconds(_pace.Next(100, 300)));

    public Task WaitAsync(TimeSpan time) => Task.Delay(time, Around.Time, Interrupted);

    /// <summary>Says a text as one whole block.</summary>
    public async Task SayAsync(string text, string? parentToolUse = null)
    {
        await PauseAsync();
        _usage = _usage.Said(text);
        Stream.Assistant(Message(), parentToolUse, json =>
        {
            json.WriteString("type", "text");
            json.WriteString("text", text);
        });
    }

    /// <summary>Begins a tool call; returns its id. Until its result it is open.</summary>
    public async Task<string> CallToolAsync(string tool, Action<Utf8JsonWriter> input, string? parentToolUse = null)
    {
        await PauseAsync();
        string id = NextId("toolu");
        _usage = _usage.Said(tool);
        Stream.Assistant(Message(), parentToolUse, json =>
        {
            json.WriteString("type", "tool_use");
            json.WriteString("id", id);
            json.WriteString("name", tool);
            json.WriteStartObject("input");
            input(json);
            json.WriteEndObject();
        });
        return id;
    }

    public async Task AnswerToolAsync(string toolUse, string content, bool isError = false, string? parentToolUse = null)
    {
        await PauseAsync();
        Stream.ToolResult(toolUse, parentToolUse, content, isError);
        NextTurn();
    }

    /// <summary>What follows is the agent's next request to its model.</summary>
    public void NextTurn() => _message = "";

    public void Denied(string tool, string toolUse) => _denials.Add((tool, toolUse));

    public string NextId(string kind) => string.Create(CultureInfo.InvariantCulture, $"{kind}_sim{++_ids:d4}_{options.Session.ToString("N")[..8]}");

    /// <summary>The good final result.</summary>
    public void Succeed(string text, string? origin = null) => Result(json => ResultFields(json, text, "completed", false, null, origin));

    /// <summary>A result that says an error, as claude does: subtype success, and is_error true.</summary>
    public void Fail(string message, int? status = null) => Result(json => ResultFields(json, message, "api_error", true, status, null));

    /// <summary>What claude says when it is interrupted: it has no result text.</summary>
    public void Abort() => Result(json => ResultFields(json, null, "aborted_streaming", true, null, null));

    public void HalfResult() => Stream.HalfLine(json => ResultFields(json, Answer, "completed", false, null, null));

    private string Message()
    {
        if (_message.Length == 0)
        {
            _message = NextId("msg");
            _usage = _usage with { Turns = _usage.Turns + 1 };
        }

        return _message;
    }

    private void Result(Action<Utf8JsonWriter> fields)
    {
        Stream.Line(fields);
        _results++;
        _usageAtResult = _usage;
        NextTurn();
    }

    private void ResultFields(Utf8JsonWriter json, string? text, string terminalReason, bool isError, int? status, string? origin)
    {
        var sinceLast = _usage.Minus(_usageAtResult);
        long milliseconds = (long)Around.Time.GetElapsedTime(_begun).TotalMilliseconds;
        json.WriteNumber("duration_api_ms", milliseconds);
        json.WriteString("stop_reason", "end_turn");
        json.WriteString("session_id", Stream.SessionId);
        json.WriteNumber("total_cost_usd", 0);
        json.WriteStartObject("usage");
        sinceLast.WriteAsUsage(json);
        json.WriteEndObject();
        json.WriteStartObject("modelUsage");
        _usage.WriteByModel(json, options.Model);
        json.WriteEndObject();
        json.WriteStartArray("permission_denials");
        foreach (var (tool, toolUse) in _denials)
        {
            json.WriteStartObject();
            json.WriteString("tool_name", tool);
            json.WriteString("tool_use_id", toolUse);
            json.WriteStartObject("tool_input");
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteString("terminal_reason", terminalReason);
        if (origin is not null)
        {
            json.WriteStartObject("origin");
            json.WriteString("kind", origin);
            json.WriteEndObject();
        }

        json.WriteBoolean("simulated", true);
        json.WriteBoolean("is_error", isError);
        json.WriteNumber("num_turns", Math.Max(1, sinceLast.Turns));
        json.WriteString("subtype", text is null ? "error_during_execution" : "success");
        if (status is { } code)
        {
            json.WriteNumber("api_error_status", code);
        }

        if (text is not null)
        {
            json.WriteString("result", text);
        }
        else
        {
            json.WriteStartArray("errors");
            json.WriteStringValue("Simulated agent: interrupted.");
            json.WriteEndArray();
        }

        json.WriteString("type", "result");
        json.WriteNumber("duration_ms", milliseconds);
        json.WriteString("uuid", Guid.NewGuid());
        json.WriteNumber("result_index", _results);
        json.WriteStartObject("model_usage_since_last_result");
        sinceLast.WriteByModel(json, options.Model);
        json.WriteEndObject();
    }
}
