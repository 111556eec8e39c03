using McpWorkers.Engine.Agents.Reading;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents.Copilot;

/// <summary>
/// Reads copilot's <c>--output-format json</c>. The session's id stands in the last event only; tokens are in no event, but in the file of
/// <c>--usage-output-file</c>, counted over the session.
/// </summary>
internal sealed class CopilotReader(SessionTotals before) : AgentReader(before)
{
    /// <summary>Tool names by call, of the calls that are open: a call's end does not name its tool.</summary>
    private readonly Dictionary<string, string> _tools = [];
    private CopilotFailure? _callFailure;
    private CopilotFailure? _failure;
    private long? _exitCode;
    private bool _began;
    private bool _aborted;

    private protected override bool TellsTurns => true;

    private protected override bool OnObject(JsonView line)
    {
        var type = line["type"u8];
        if (type.Is("result"u8))
        {
            OnResult(line);
            return true;
        }

        // By far the most frequent first.
        if (type.Is("assistant.message_delta"u8))
        {
            var data = line["data"u8];
            Emit(new AgentEvent.Text(data["deltaContent"u8].AsStringOrEmpty(), Partial: true, IsSubagent(data)));
        }
        else if (type.Is("session.background_tasks_changed"u8))
        {
            // Dozens for each shell call, and nothing that outlives the run.
        }
        else if (!OnAssistant(type, line) && !OnTool(type, line) && !OnTrouble(type, line))
        {
            return CopilotNoise.Is(type);
        }

        _began = true;
        return true;
    }

    private protected override AgentVerdict Judge(AgentEnding ending)
    {
        // An interrupted run may say exit code 0 all the same.
        bool good = _exitCode == 0 && !_aborted;
        if (good && (Endings.IsGood(ending) || _failure is null))
        {
            return Endings.WithGoodResult(ending);
        }

        if (_failure is not null)
        {
            return _failure.ToVerdict();
        }

        return _exitCode is not null && !_aborted
            ? new AgentVerdict.Failed(FailureKind.Error, $"copilot said exit code {_exitCode} and exited with code {ending.ExitCode}.")
            : _aborted && ending.Stopped is null ? new AgentVerdict.NoResult("copilot was interrupted.")
            : Endings.WithoutResult(ending, began: _began);
    }

    private protected override AgentSummary Summarize(AgentEnding ending, AgentSummary common) =>
        ending.Files.TryGetValue(CopilotUsage.FileName, out var file) && CopilotUsage.Read(file.Span) is { } total
            ? common with { Usage = total.Since(Before.Usage), SessionAfter = new(total, 0) }
            : common;

    private bool OnAssistant(JsonView type, JsonView line)
    {
        if (type.Is("assistant.message"u8))
        {
            OnMessage(line["data"u8]);
        }
        else if (type.Is("assistant.reasoning"u8))
        {
            Emit(new AgentEvent.Thinking(line["data"u8]["content"u8].AsStringOrEmpty(), Partial: false));
        }
        else if (type.Is("assistant.reasoning_delta"u8))
        {
            Emit(new AgentEvent.Thinking(line["data"u8]["deltaContent"u8].AsStringOrEmpty(), Partial: true));
        }
        else if (type.Is("assistant.message_start"u8))
        {
            // Also when a cut answer is tried again: its deltas come anew.
            DropText(line["data"u8]);
        }
        else if (type.Is("assistant.turn_start"u8))
        {
            Turns++;
            _aborted = false;
            ExpectTurn();
            BeginTurn();
        }
        else
        {
            return false;
        }

        return true;
    }

    private void OnMessage(JsonView data)
    {
        DropText(data);
        bool subagent = IsSubagent(data);
        Model = subagent ? Model : data["model"u8].AsString() ?? Model;
        string content = data["content"u8].AsStringOrEmpty();
        // A message that only calls tools has no text: it is not the answer.
        if (content.Length > 0)
        {
            Emit(new AgentEvent.Text(content, Partial: false, subagent));
        }
    }

    private static bool IsSubagent(JsonView data) => data["parentToolCallId"u8].Kind == JsonKind.Text;

    private void DropText(JsonView data)
    {
        if (!IsSubagent(data))
        {
            DropText();
        }
    }

    private bool OnTool(JsonView type, JsonView line)
    {
        if (type.Is("tool.execution_start"u8))
        {
            var data = line["data"u8];
            string id = data["toolCallId"u8].AsStringOrEmpty();
            string tool = data["toolName"u8].AsStringOrEmpty();
            _tools[id] = tool;
            Emit(new AgentEvent.ToolCall(id, tool, data["arguments"u8].Preview(PreviewMax)));
        }
        else if (type.Is("tool.execution_complete"u8))
        {
            OnToolEnd(line["data"u8]);
        }
        else
        {
            return false;
        }

        return true;
    }

    private void OnToolEnd(JsonView data)
    {
        string id = data["toolCallId"u8].AsStringOrEmpty();
        bool succeeded = data["success"u8].IsTrue;
        var error = data["error"u8];
        string output = (succeeded ? data["result"u8]["content"u8] : error["message"u8]).Preview(PreviewMax);
        Emit(new AgentEvent.ToolResult(id, !succeeded, output));
        _tools.Remove(id, out string? tool);
        if (!succeeded && error["code"u8].Is("denied"u8))
        {
            Emit(new AgentEvent.PermissionDenied(tool ?? "", output));
        }
    }

    private bool OnTrouble(JsonView type, JsonView line)
    {
        if (type.Is("model.call_failure"u8))
        {
            OnCallFailure(line["data"u8]);
        }
        else if (type.Is("assistant.turn_retry"u8))
        {
            Emit(new AgentEvent.Retrying(
                (_callFailure?.Attempt ?? -1) + 1, null, null, _callFailure?.Status, line["data"u8]["reason"u8].AsStringOrEmpty()));
        }
        else if (type.Is("abort"u8))
        {
            _aborted = true;
        }
        else if (type.Is("session.error"u8))
        {
            var data = line["data"u8];
            _failure = new(
                (int?)data["statusCode"u8].AsLong(), data["errorType"u8].AsStringOrEmpty(), data["message"u8].AsStringOrEmpty(),
                _callFailure?.IsTransport == true);
            if (_failure.IsLimit)
            {
                // The session's error only counts the tries.
                Emit(LimitReset.Of(_callFailure is { Status: 429 } call ? call.Message : _failure.Message));
            }

            Emit(new AgentEvent.Error(_failure.Message));
        }
        else
        {
            return false;
        }

        return true;
    }

    private void OnCallFailure(JsonView data)
    {
        _callFailure = new(
            (int?)data["statusCode"u8].AsLong(), data["errorType"u8].AsStringOrEmpty(), data["errorMessage"u8].AsStringOrEmpty(),
            data["failureKind"u8].Is("transport"u8))
        {
            Attempt = (int)(data["retryAttempt"u8].AsLong() ?? 0),
        };
        if (_callFailure.Status == 429)
        {
            Emit(LimitReset.Of(_callFailure.Message) with { IsRetried = true });
        }
        else if (_callFailure.ToVerdict() is { Kind: FailureKind.Authentication } refused)
        {
            // Of others copilot may make a smaller request, or end by itself.
            Hopeless ??= refused;
        }
    }

    private void OnResult(JsonView line)
    {
        if (line["sessionId"u8].AsString() is { } session)
        {
            Emit(new AgentEvent.SessionStarted(session, null));
        }

        _exitCode = line["exitCode"u8].AsLong();
        Emit(new AgentEvent.FinalResult(_exitCode != 0, _exitCode == 0 ? LastText : null));
    }
}
