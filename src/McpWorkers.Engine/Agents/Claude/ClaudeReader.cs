using McpWorkers.Engine.Agents.Reading;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents.Claude;

/// <summary>
/// Reads <c>claude -p --output-format stream-json --verbose</c>, versions 2.1.197 to 2.1.329. A run may give several results
/// (background work wakes the agent up again): the last one counts. An API error comes as <c>"subtype":"success","is_error":true</c>.
/// </summary>
internal sealed class ClaudeReader(SessionTotals before) : MessageReader(before)
{
    /// <summary>The longest of its own waits between two tries that was seen is 39 s.</summary>
    private static readonly TimeSpan OwnDelayMax = TimeSpan.FromSeconds(60);

    private readonly ClaudeTotals _totals = new(before);
    private readonly ClaudeLive _live = new();
    private readonly GluedLines _glued = new();
    private ClaudeResult? _result;
    private string? _lastError;
    private bool _countsTasksItself;

    private protected override bool IsErrorReport(in MessageFields message, string text)
    {
        bool isReport = message.IsApiError || message.Error.Kind == JsonKind.Text;
        _lastError = isReport ? message.Error.AsString() ?? "unknown" : _lastError;
        return isReport;
    }

    private protected override void OnSystem(JsonView line, JsonView subtype)
    {
        if (subtype.Is("init"u8))
        {
            StartSession(line["session_id"u8].AsString(), line["model"u8].AsString());
        }
        else if (subtype.Is("api_retry"u8))
        {
            OnRetry(line);
        }
        else if (subtype.Is("permission_denied"u8))
        {
            Deny(line["tool_use_id"u8].AsString(), line["tool_name"u8].AsStringOrEmpty(), line["message"u8].Preview(PreviewMax));
        }
        else if (subtype.Is("background_tasks_changed"u8))
        {
            _countsTasksItself = true;
            int open = 0;
            foreach (var _ in line["tasks"u8])
            {
                open++;
            }

            Emit(new AgentEvent.BackgroundChanged(open));
        }
        else if (subtype.Is("task_started"u8))
        {
            OnTaskStarted(line);
        }
        else if (subtype.Is("task_notification"u8) && !_countsTasksItself)
        {
            CloseTask(line["task_id"u8].AsString());
        }
    }

    private protected override bool OnOther(JsonView type, JsonView line)
    {
        if (type.Is("rate_limit_event"u8))
        {
            var info = line["rate_limit_info"u8];
            if (info["status"u8].Is("rejected"u8))
            {
                string kind = info["rateLimitType"u8].AsString() is { Length: > 0 } name ? $" ({LastWords.Shorten(name)})" : "";
                Emit(new AgentEvent.RateLimited(
                    $"The account's rate limit is reached{kind}.", LimitReset.FromEpoch(info["resetsAt"u8].AsLong())));
            }

            return true;
        }

        return type.Is("command_lifecycle"u8) || base.OnOther(type, line);
    }

    private protected override void OnResult(JsonView line)
    {
        _result = ClaudeResult.Read(line);
        _totals.Take(line);
        _live.Clear();
        Turns += Count(line["num_turns"u8]) ?? 0;
        Emit(new AgentEvent.UsageReported(_totals.Usage));
        Emit(new AgentEvent.CostReported(_totals.CostUsd));
        Emit(new AgentEvent.FinalResult(_result.IsError, _result.Answer));
    }

    private protected override void OnPiece(JsonView type, JsonView piece, string? subagent)
    {
        string speaker = subagent ?? "";
        if (type.Is("message_start"u8))
        {
            if (subagent is null)
            {
                // Also when a cut answer is asked for again: its pieces come anew.
                DropText();
                BeginTurn();
            }

            _live.Begin(speaker, piece["message"u8]["usage"u8]);
        }
        else if (type.Is("message_delta"u8))
        {
            _live.GoOn(speaker, piece["usage"u8]);
        }
        else
        {
            return;
        }

        Emit(new AgentEvent.UsageReported(_totals.Usage + _live.Usage));
    }

    private protected override bool TryMend(ReadOnlySpan<byte> line) => _glued.TryTake(line, "\"rate_limit_event\""u8, OnObject);

    private protected override AgentVerdict Judge(AgentEnding ending) =>
        _result is null ? Endings.WithoutResult(ending, began: LinesRead > 0)
        : _result.IsError ? new AgentVerdict.Failed(_result.KindOfFailure(_lastError), _result.Message)
        : Endings.WithGoodResult(ending);

    private protected override AgentSummary Summarize(AgentEnding ending, AgentSummary common) =>
        _result is null ? common : common with
        {
            Text = _result.IsError ? common.Text : _result.Answer ?? "",
            Usage = _totals.Usage,
            CostUsd = _totals.CostUsd,
            SessionAfter = _totals.Session,
        };

    private void OnRetry(JsonView line)
    {
        long? status = line["error_status"u8].AsLong();
        string error = line["error"u8].AsString() ?? "unknown";
        Retry(line["attempt"u8], line["max_retries"u8], line["retry_delay_ms"u8], status, error);
        if (error == "rate_limit" || status == 429)
        {
            // A wait that claude would never choose by itself is what the service asked for.
            var delay = line["retry_delay_ms"u8].AsLong() is { } milliseconds && milliseconds > OwnDelayMax.TotalMilliseconds
                ? TimeSpan.FromMilliseconds(Math.Min(milliseconds, TimeSpan.FromDays(31).TotalMilliseconds))
                : (TimeSpan?)null;
            Emit(new AgentEvent.RateLimited("The model service answers 429: too many requests.", null) { IsRetried = true, ResetsIn = delay });
            return;
        }

        // These are retried for three minutes and can never come out well.
        var kind = error == "authentication_failed" ? FailureKind.Authentication : ServiceStatus.ToFailure(status);
        if (ServiceStatus.IsHopeless(kind))
        {
            Hopeless = new(kind, $"The model service answers {status?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "an error"} ({error}).");
        }
    }

    private void OnTaskStarted(JsonView line)
    {
        bool isSubagent = line["subagent_type"u8].Kind == JsonKind.Text;
        if (!_countsTasksItself)
        {
            OpenTask(line["task_id"u8].AsString(), isSubagent);
        }
        else if (isSubagent)
        {
            Subagents++;
        }
    }
}
