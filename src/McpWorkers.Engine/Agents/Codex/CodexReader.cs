using McpWorkers.Engine.Agents.Reading;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents.Codex;

/// <summary>
/// Reads the events of <c>codex exec --json</c>. Whole texts only, no model name, no cost. An <c>error</c> may be a retry that is going on,
/// an item of type error is a warning; only <c>turn.completed</c> and <c>turn.failed</c> say how it went.
/// </summary>
internal sealed class CodexReader(SessionTotals before) : AgentReader(before)
{
    private bool? _succeeded;
    private string? _error;
    private Usage? _total;

    private protected override bool OnObject(JsonView line)
    {
        var type = line["type"u8];
        if (type.Is("item.completed"u8))
        {
            return OnItem(line["item"u8], ended: true);
        }

        if (type.Is("item.started"u8) || type.Is("item.updated"u8))
        {
            return OnItem(line["item"u8], ended: false);
        }

        if (type.Is("thread.started"u8))
        {
            Emit(new AgentEvent.SessionStarted(line["thread_id"u8].AsStringOrEmpty(), null));
        }
        else if (type.Is("turn.started"u8))
        {
            Turns++;
            _succeeded = null;
        }
        else if (type.Is("turn.completed"u8))
        {
            _succeeded = true;
            OnUsage(line["usage"u8]);
            Emit(new AgentEvent.FinalResult(false, LastText));
        }
        else if (type.Is("turn.failed"u8))
        {
            _succeeded = false;
            string? error = line["error"u8]["message"u8].AsString();
            if (error is not null && error != _error && ServiceStatus.OfMessage(error) == FailureKind.RateLimited)
            {
                Emit(LimitReset.Of(error));
            }

            _error = error ?? _error;
            Emit(new AgentEvent.FinalResult(true, null));
        }
        else if (type.Is("error"u8))
        {
            OnError(line["message"u8].AsStringOrEmpty());
        }
        else
        {
            return false;
        }

        return true;
    }

    private protected override AgentVerdict Judge(AgentEnding ending) => CodexVerdict.Of(_succeeded, _error, SessionId, ending);

    private protected override AgentSummary Summarize(AgentEnding ending, AgentSummary common) => _total is null
        ? common
        : common with { Usage = _total.Since(Before.Usage), SessionAfter = new(_total, 0) };

    private bool OnItem(JsonView item, bool ended)
    {
        var type = item["type"u8];
        if (type.Is("agent_message"u8))
        {
            if (ended)
            {
                Emit(new AgentEvent.Text(item["text"u8].AsStringOrEmpty(), Partial: false));
            }
        }
        else if (type.Is("reasoning"u8))
        {
            if (ended)
            {
                Emit(new AgentEvent.Thinking(item["text"u8].AsStringOrEmpty(), Partial: false));
            }
        }
        else if (CodexTool.TryRead(item, type, out var tool))
        {
            OnTool(tool, ended);
        }
        else
        {
            // An item of type error is a warning, such as unknown model metadata; a plan is shown by its own tool's text.
            return type.Is("error"u8) || type.Is("todo_list"u8);
        }

        return true;
    }

    private void OnTool(CodexTool tool, bool ended)
    {
        // Some tools are told at their end only.
        if (!IsOpen(tool.Id))
        {
            Emit(new AgentEvent.ToolCall(tool.Id, tool.Name, tool.Input));
        }

        if (!ended)
        {
            return;
        }

        Emit(new AgentEvent.ToolResult(tool.Id, tool.IsError, tool.Output));
        if (tool.Denied)
        {
            Emit(new AgentEvent.PermissionDenied(tool.Name, tool.Output));
        }
    }

    private void OnUsage(JsonView usage)
    {
        if (!usage.IsObject)
        {
            return;
        }

        _total = new(
            usage["input_tokens"u8].AsLong() ?? 0,
            usage["cached_input_tokens"u8].AsLong() ?? 0,
            usage["cache_write_input_tokens"u8].AsLong() ?? 0,
            usage["output_tokens"u8].AsLong() ?? 0,
            usage["reasoning_output_tokens"u8].AsLong() ?? 0,
            InputIncludesCached: true);
        Emit(new AgentEvent.UsageReported(_total.Since(Before.Usage)));
    }

    private void OnError(string message)
    {
        int? status = ServiceStatus.Find(message);
        if (CodexRetry.TryRead(message, status, out var retrying))
        {
            if (status == 429)
            {
                Emit(LimitReset.Of(message) with { IsRetried = true });
            }

            Emit(retrying);
            var kind = ServiceStatus.ToFailure(status);
            if (ServiceStatus.IsHopeless(kind))
            {
                Hopeless = new(kind, retrying.Reason);
            }
        }
        else
        {
            _error = message;
            EmitError(message);
        }
    }
}
