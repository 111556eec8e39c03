using McpWorkers.Engine.Agents.Reading;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents.OpenCode;

/// <summary>
/// Reads the events of <c>opencode run --format json</c>. There is no first event, no model and no final result: the session stands in
/// every event, and how the last step finished says how the run went.
/// </summary>
internal sealed class OpenCodeReader(SessionTotals before) : AgentReader(before)
{
    /// <summary>
    /// Without a finish reason from the model opencode begins the step again, for ever: 501 billed steps in 45 s were seen (1.18.33).
    /// </summary>
    private const int FruitlessStepsMax = 100;

    private string? _reason;
    private string? _error;
    private FailureKind _errorKind;
    private string? _denied;
    private Usage? _usage;
    private decimal _cost;
    private bool _toolInStep;
    private int _fruitlessSteps;

    private protected override bool TellsTurns => true;

    private protected override bool OnObject(JsonView line)
    {
        NoteSession(line);
        var type = line["type"u8];
        var part = line["part"u8];
        if (type.Is("text"u8))
        {
            Emit(new AgentEvent.Text(part["text"u8].AsStringOrEmpty(), Partial: false));
        }
        else if (type.Is("tool_use"u8))
        {
            OnTool(part);
        }
        else if (type.Is("step_start"u8))
        {
            _reason = null;
            _denied = null;
            _toolInStep = false;
            ExpectTurn();
            BeginTurn();
        }
        else if (type.Is("step_finish"u8))
        {
            OnStepFinish(part);
        }
        else if (type.Is("reasoning"u8))
        {
            Emit(new AgentEvent.Thinking(part["text"u8].AsStringOrEmpty(), Partial: false));
        }
        else if (type.Is("error"u8))
        {
            OnError(line["error"u8]);
        }
        else
        {
            return false;
        }

        return true;
    }

    private protected override AgentVerdict Judge(AgentEnding ending)
    {
        if (_reason == "stop" && (Endings.IsGood(ending) || _error is null))
        {
            return Endings.WithGoodResult(ending);
        }

        if (_error is not null)
        {
            return new AgentVerdict.Failed(_errorKind, LastWords.Shorten(_error));
        }

        return ending.Stopped is not null ? Endings.WithoutResult(ending, began: true) : _reason switch
        {
            "tool-calls" when _denied is not null => new AgentVerdict.Failed(
                FailureKind.Error, $"opencode stopped without an answer: the call of '{_denied}' was not permitted."),
            "length" => new AgentVerdict.NoResult("The model reached its output limit: the answer is cut."),
            "content-filter" => new AgentVerdict.Failed(FailureKind.Refused, "The model's answer was withheld by a content filter."),
            not null when Endings.Signal(ending) is null => new AgentVerdict.NoResult(
                $"opencode ended after a step that finished with '{_reason}' (exit code {ending.ExitCode})."),
            _ => Endings.WithoutResult(ending, began: SessionId is not null),
        };
    }

    private protected override AgentSummary Summarize(AgentEnding ending, AgentSummary common) =>
        _usage is null ? common : common with { Usage = _usage, CostUsd = _cost };

    private void NoteSession(JsonView line)
    {
        if (SessionId is null && line["sessionID"u8].AsString() is { } session)
        {
            Emit(new AgentEvent.SessionStarted(session, null));
        }
    }

    /// <summary>A tool call is told once, when it has ended.</summary>
    private void OnTool(JsonView part)
    {
        _toolInStep = true;
        string id = part["callID"u8].AsStringOrEmpty();
        string tool = part["tool"u8].AsStringOrEmpty();
        var state = part["state"u8];
        bool isError = state["status"u8].Is("error"u8);
        string output = state[isError ? "error"u8 : "output"u8].Preview(PreviewMax);
        Emit(new AgentEvent.ToolCall(id, tool, state["input"u8].Preview(PreviewMax)));
        Emit(new AgentEvent.ToolResult(id, isError, output));
        if (isError && IsDenial(output))
        {
            _denied = tool;
            Emit(new AgentEvent.PermissionDenied(tool, output));
        }
    }

    /// <summary>An auto-rejected question and a rule of kind deny, in opencode's words.</summary>
    private static bool IsDenial(string error) =>
        error.StartsWith("The user rejected permission", StringComparison.Ordinal)
        || error.StartsWith("The user has specified a rule which prevents", StringComparison.Ordinal);

    private void OnStepFinish(JsonView part)
    {
        Turns++;
        _reason = part["reason"u8].AsString() ?? "unknown";
        var tokens = part["tokens"u8];
        var cache = tokens["cache"u8];
        _usage = (_usage ?? Usage.None) + new Usage(
            tokens["input"u8].AsLong() ?? 0,
            cache["read"u8].AsLong() ?? 0,
            cache["write"u8].AsLong() ?? 0,
            tokens["output"u8].AsLong() ?? 0,
            tokens["reasoning"u8].AsLong() ?? 0);
        Emit(new AgentEvent.UsageReported(_usage));
        // The bounds keep a nonsense figure from overflowing the sum.
        if (part["cost"u8].AsDecimal() is { } cost and >= 0 and < 1_000_000_000)
        {
            _cost += cost;
            Emit(new AgentEvent.CostReported(_cost));
        }

        bool fruitless = _reason is not ("stop" or "tool-calls" or "length") && !_toolInStep;
        _fruitlessSteps = fruitless ? _fruitlessSteps + 1 : 0;
        if (_fruitlessSteps >= FruitlessStepsMax)
        {
            Hopeless ??= new(
                FailureKind.ServiceUnavailable,
                $"{FruitlessStepsMax} steps in a row finished with '{_reason}': the model service ends its answers without a reason, and opencode repeats them.");
        }

        if (_reason == "stop")
        {
            Emit(new AgentEvent.FinalResult(false, LastText));
        }
    }

    private void OnError(JsonView error)
    {
        var data = error["data"u8];
        string name = error["name"u8].AsStringOrEmpty();
        _error = data["message"u8].AsString() ?? name;
        int? status = (int?)data["statusCode"u8].AsLong();
        _errorKind = status is not null ? ServiceStatus.ToFailure(status) : name switch
        {
            "ProviderAuthError" => FailureKind.Authentication,
            "ProviderModelNotFoundError" => FailureKind.ModelNotFound,
            "ContextOverflowError" => FailureKind.InvalidRequest,
            _ => ServiceStatus.OfMessage(_error),
        };
        if (_errorKind == FailureKind.RateLimited)
        {
            Emit(LimitReset.Of(_error));
        }

        Emit(new AgentEvent.Error(_error));
    }
}
