using System.Text;
using McpWorkers.Engine.Agents.Reading;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents.Qwen;

/// <summary>
/// Reads <c>qwen -o stream-json</c>, versions 0.15.10 to 0.24.4. Usage counts over the session and includes cached input. The result
/// line of a long answer is lost when standard output is a pipe, with exit code 0: no result is never a success.
/// </summary>
internal sealed class QwenReader(SessionTotals before) : MessageReader(before)
{
    /// <summary>0.15.10 gives a refused key as a successful answer that begins so.</summary>
    private const string ErrorPrefix = "[API Error: ";

    /// <summary>How the result of a call begins that was not allowed, and how it ends where the turn was interrupted meanwhile.</summary>
    private const string Cancelled = "[Operation Cancelled] Reason:";
    private const string Aborted = "Error: Request aborted";

    private const int AsksMax = 10_000;

    private readonly HashSet<string> _asked = [];
    private string? _answer;
    private string? _error;
    private Usage? _cumulative;

    /// <summary>What the messages since the last result used; requests that qwen makes unseen come with the next one.</summary>
    private Usage _sinceResult = Usage.None;

    private protected override bool IsErrorReport(in MessageFields message, string text) =>
        text.StartsWith(ErrorPrefix, StringComparison.Ordinal);

    private protected override void OnSystem(JsonView line, JsonView subtype)
    {
        if (subtype.Is("init"u8))
        {
            StartSession(line["session_id"u8].AsString(), line["model"u8].AsString());
        }
        else if (subtype.Is("retry"u8))
        {
            var data = line["data"u8];
            Retry(data["attempt"u8], data["maxRetries"u8], data["delayMs"u8], null, data["reason"u8].AsString() ?? "retry");
        }
        else if (subtype.Is("task_started"u8))
        {
            var data = line["data"u8];
            OpenTask(data["task_id"u8].AsString(), data["subagent_type"u8].Kind == JsonKind.Text);
        }
        else if (subtype.Is("task_notification"u8))
        {
            CloseTask(line["data"u8]["task_id"u8].AsString());
        }
    }

    private protected override void OnResult(JsonView line)
    {
        string subtype = line["subtype"u8].AsStringOrEmpty();
        _answer = line["result"u8].AsString();
        _error = line["is_error"u8].AsBool() ?? subtype != "success"
            ? line["error"u8]["message"u8].AsString() ?? line["error"u8].AsString() ?? _answer ?? $"The agent ended with '{subtype}'."
            : _answer?.StartsWith(ErrorPrefix, StringComparison.Ordinal) == true ? _answer
            : null;
        Turns = Count(line["num_turns"u8]) ?? Turns;
        var usage = line["usage"u8];
        if (usage.IsObject)
        {
            _cumulative = new(
                usage["input_tokens"u8].AsLong() ?? 0,
                usage["cache_read_input_tokens"u8].AsLong() ?? 0,
                0,
                usage["output_tokens"u8].AsLong() ?? 0,
                InputIncludesCached: true);
            _sinceResult = Usage.None;
            Emit(new AgentEvent.UsageReported(_cumulative.Since(Before.Usage)));
        }

        if (_error is not null && ServiceStatus.OfMessage(_error) == FailureKind.RateLimited)
        {
            Emit(LimitReset.Of(_error));
        }

        Emit(new AgentEvent.FinalResult(_error is not null, _answer));
    }

    private protected override void OnMessageUsage(JsonView usage)
    {
        var used = new Usage(
            Count(usage["input_tokens"u8]) ?? 0,
            Count(usage["cache_read_input_tokens"u8]) ?? 0,
            0,
            Count(usage["output_tokens"u8]) ?? 0,
            InputIncludesCached: true);

        // All lines of a message but its last one say zero.
        if (used.Total > 0)
        {
            _sinceResult += used;
            Emit(new AgentEvent.UsageReported((_cumulative?.Since(Before.Usage) ?? Usage.None) + _sinceResult));
        }
    }

    private protected override bool OnOther(JsonView type, JsonView line)
    {
        var request = line["request"u8];
        if (type.Is("control_request"u8) && request["subtype"u8].Is("can_use_tool"u8)
            && line["request_id"u8].AsString() is { Length: > 0 } id && Asks(id))
        {
            var input = request["input"u8];
            Emit(new AgentEvent.PermissionAsked(
                id, request["tool_name"u8].AsStringOrEmpty(), input.IsObject ? Encoding.UTF8.GetString(input.Raw) : "{}")
            {
                ToolCallId = request["tool_use_id"u8].AsStringOrEmpty(),
                IsCut = IsLineCut || !input.IsObject,
            });
            return true;
        }

        return base.OnOther(type, line);
    }

    /// <summary>A call that was asked for and then cancelled was denied; an interrupt cancels it too, but denies nothing.</summary>
    private protected override void OnFailedTool(string id, string output)
    {
        if (OpenAsks.FirstOrDefault(asked => asked.ToolCallId == id) is { } asked
            && output.StartsWith(Cancelled, StringComparison.Ordinal) && !output.EndsWith(Aborted, StringComparison.Ordinal))
        {
            Deny(id, asked.Tool, output[Cancelled.Length..].TrimStart());
        }
    }

    private bool Asks(string id) => _asked.Count < AsksMax && _asked.Add(id);

    private protected override AgentVerdict Judge(AgentEnding ending) =>
        _error is not null ? new AgentVerdict.Failed(ServiceStatus.OfMessage(_error), LastWords.Shorten(_error))
        : Results > 0 ? Endings.WithGoodResult(ending)
        : ending.ExitCode switch
        {
            53 => new AgentVerdict.Failed(FailureKind.TurnLimit, Endings.WordsOr(ending, "The limit on turns is reached.")),
            55 => new AgentVerdict.Failed(FailureKind.Budget, Endings.WordsOr(ending, "The limit on time or tool calls is reached.")),
            _ => Endings.WithoutResult(ending, began: LinesRead > 0),
        };

    private protected override AgentSummary Summarize(AgentEnding ending, AgentSummary common) => common with
    {
        Text = Results > 0 && _error is null ? _answer ?? "" : common.Text,
        Usage = _cumulative?.Since(Before.Usage),
        // A run that failed before its first request tells zero: that is no new count.
        SessionAfter = _cumulative is { Total: > 0 } ? new(_cumulative, 0) : Before,
    };
}
