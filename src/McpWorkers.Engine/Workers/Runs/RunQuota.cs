using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Quota;

namespace McpWorkers.Engine.Workers.Runs;

/// <summary>
/// Looks in what a run says for signs that its service gives no more: tells its pool, has the run stopped that goes on in vain, and sees to it that such a
/// run never counts as done. For one thread at a time.
/// </summary>
/// <param name="started">When it was launched, as far as it was.</param>
internal sealed class RunQuota(PoolGate gate, string pool, string runId, string agent, Func<DateTimeOffset?> started, SecretValues secrets, TimeProvider time)
{
    private static readonly TimeSpan OwnWaitMax = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan EndOfReading = TimeSpan.FromSeconds(1);

    private readonly LimitWatch _watch = new(gate.Signals, agent, gate.Patience, time);

    /// <summary>What was written before this host looked: nobody knows when, so it says nothing about now.</summary>
    private (long Output, long Errors) _old;
    private bool _isOld;
    private bool _isUnknown;
    private bool _hasProgressed;
    private LimitSeen? _limited;

    /// <summary>Whether standard error tells anything.</summary>
    public bool LooksAtErrors { get; } = gate.Signals.Looks(agent, SignalSource.Stderr);

    public string Pool => pool;

    private (string, DateTimeOffset?) Run => (runId, started());

    /// <summary>The run was launched by an earlier host, and has written so much by now.</summary>
    public void CatchUp(long outputBytes, long errorBytes) => _old = (outputBytes, errorBytes);

    /// <summary>It is not launched now, but waits for somebody: another one may probe.</summary>
    public void GiveWay() => gate.Over(pool, runId);

    /// <summary>Before a line of standard output is read.</summary>
    public void At(long offset)
    {
        _isOld = offset < _old.Output;
        _isUnknown = false;
    }

    /// <summary>After that: a line that the adapter does not know is looked at as it stands.</summary>
    public void AfterLine(ReadOnlySpan<byte> line)
    {
        if (_isUnknown)
        {
            Take(SignalSource.Stream, "line: " + TextOf(line));
        }
    }

    public void Take(AgentEvent said)
    {
        switch (said)
        {
            case AgentEvent.RateLimited limited:
                Take(SignalSource.Stream, "rate_limited: " + limited.Message, ResetOf(limited));
                break;
            case AgentEvent.Retrying retrying:
                Take(SignalSource.Stream, string.Create(CultureInfo.InvariantCulture, $"retrying {retrying.Status}: {retrying.Reason}"));
                break;
            case AgentEvent.Error error:
                Take(SignalSource.Stream, "error: " + error.Message);
                break;
            case AgentEvent.FinalResult { IsError: true } result:
                Take(SignalSource.Stream, "result: " + result.Answer);
                break;
            case AgentEvent.Unrecognized:
                _isUnknown = true;
                break;
            case AgentEvent.ToolCall or AgentEvent.Thinking or AgentEvent.PermissionAsked:
                // Only the service can have said that.
                Progress();
                gate.Served(pool, Run);
                break;
            case AgentEvent.Text { Content: var text } when !text.StartsWith("[API Error", StringComparison.Ordinal):
                Progress();
                break;
        }
    }

    public void TakeError(in OutputLine line)
    {
        // What an earlier host has read says nothing of now, and stands behind all that was said on standard output since.
        _isOld = line.Offset < _old.Errors;
        if (!_isOld)
        {
            Take(SignalSource.Stderr, TextOf(line.Bytes));
        }
    }

    /// <summary>A reason to stop it; null where it may go on.</summary>
    /// <param name="isBusy">It waits for somebody, or for a tool: nobody expects anything of its service meanwhile.</param>
    public StopReason? Look(bool isBusy)
    {
        if (isBusy)
        {
            _watch.Defer();
            return null;
        }

        if (_watch.Overdue() is not { } seen)
        {
            return null;
        }

        gate.Limited(pool, Run, seen, time.GetUtcNow());
        return new(StopKind.RateLimited, "Its service gives no more, and it went on trying: " + seen.Message);
    }

    /// <summary>A span counts from when it was said; one that the agent itself waits out is no reset.</summary>
    private DateTimeOffset? ResetOf(AgentEvent.RateLimited limited) =>
        limited.ResetsAt ?? (_isOld || (limited.IsRetried && limited.ResetsIn < OwnWaitMax) ? null : time.GetUtcNow() + limited.ResetsIn);

    /// <summary>How the run ended, all considered.</summary>
    public RunOutcome Conclude(RunOutcome outcome, ExecutionEnd end, AgentSummary summary)
    {
        _limited = LimitAtEnd(outcome, end, summary);
        if (_limited is null)
        {
            if (outcome is RunOutcome.Completed)
            {
                gate.Served(pool, Run);
            }

            return outcome;
        }

        gate.Limited(pool, Run, _limited, end.Started + end.Duration);
        return outcome is RunOutcome.AgentFailed { Kind: FailureKind.RateLimited } or RunOutcome.TimedOut { Kind: TimeoutKind.WallClock }
            ? outcome
            : new RunOutcome.AgentFailed(FailureKind.RateLimited, _limited.Message);
    }

    /// <summary>Says of a run that met a limit which pool is held for it.</summary>
    public void Describe(JsonObject metadata)
    {
        if (_limited is not null)
        {
            var limit = new JsonObject { ["message"] = _limited.Message, ["pool"] = pool, ["signal"] = _limited.Signal };
            if (_limited.ResetsAt is { } resets)
            {
                limit["resets_at"] = resets.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
            }

            metadata["rate_limit"] = limit;
        }
    }

    private void Progress()
    {
        _hasProgressed = true;
        _watch.Progress();
    }

    private LimitSeen? LimitAtEnd(RunOutcome outcome, ExecutionEnd end, AgentSummary summary)
    {
        // Both outputs are read to their ends one after the other: what was found only then may be older than what was said last.
        var standing = !_hasProgressed || _watch.StandsFor > EndOfReading ? _watch.Standing?.Seen : null;
        switch (outcome)
        {
            case RunOutcome.Completed:
                // It gave up without a word: whatever its exit status says, that is no answer.
                return summary.Text.Length == 0 ? standing : null;
            case RunOutcome.TimedOut:
                return standing;
            case RunOutcome.Truncated or RunOutcome.AgentFailed:
                string exit = end.Exit is ExitStatus.Code code ? code.Value.ToString(CultureInfo.InvariantCulture) : "";
                string kind = outcome is RunOutcome.AgentFailed failed ? OutcomeText.NameOf(failed.Kind) : OutcomeText.NameOf(outcome);
                string text = secrets.Mask($"{exit} {kind}: {OutcomeText.ErrorOf(outcome)}");
                var match = gate.Signals.Match(agent, SignalSource.Exit, text, end.Started + end.Duration, summary.RateLimit?.ResetsAt);
                return match is { IsAtOnce: true } && (match.Seen.ResetsAt is not null || standing?.ResetsAt is null) ? match.Seen
                    : standing is not null && IsAboutService(outcome) ? standing
                    : null;
            default:
                return null;
        }
    }

    /// <summary>What an agent says that met a limit and did not know how to say so.</summary>
    private static bool IsAboutService(RunOutcome outcome) => outcome is RunOutcome.Truncated or RunOutcome.AgentFailed
    {
        Kind: FailureKind.RateLimited or FailureKind.Error or FailureKind.ServiceUnavailable or FailureKind.Startup or FailureKind.Killed,
    };

    private void Take(SignalSource source, string text, DateTimeOffset? stated = null)
    {
        if (_watch.Take(source, secrets.Mask(text), stated, _isOld) is { } seen && (!_isOld || seen.ResetsAt is not null))
        {
            gate.Limited(pool, Run, seen, time.GetUtcNow());
        }
    }

    private static string TextOf(ReadOnlySpan<byte> line) => Encoding.UTF8.GetString(line[..Math.Min(line.Length, SignalTable.TextMax)]);
}
