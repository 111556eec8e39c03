using System.Text;
using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers.Runs;

/// <summary>What a run does now, kept small: the latest line for a person, tokens, the text said so far.</summary>
internal sealed class RunProgress(SecretValues secrets, TimeProvider time)
{
    private static readonly TimeSpan DeltaPause = TimeSpan.FromMilliseconds(250);
    private const int DeltaKept = 200;
    private const int DeltaKeptMax = 2 * DeltaKept;

    private readonly Lock _lock = new();
    private readonly StringBuilder _delta = new();
    private string _text = "";

    /// <summary>Null: the end of the deltas.</summary>
    private string? _activity = "";
    private Usage? _usage;
    private decimal? _cost;
    private long _lastDelta;
    private long _logCursor;

    public string Activity => Read(() => _activity ??= OneLine.LastOf(secrets.Mask(_delta.ToString())));

    /// <summary>The last whole text that the agent itself said.</summary>
    public string Text => Read(() => _text);

    public Usage? Usage => Read(() => _usage);

    /// <summary>Where the line begins that was read last, in bytes of the raw output: from there a log shows it again.</summary>
    public long LogCursor
    {
        get => Interlocked.Read(ref _logCursor);
        set => Interlocked.Exchange(ref _logCursor, value);
    }

    public decimal? CostUsd => Read(() => _cost);

    /// <summary>Something to show that is no word of the agent, such as what its launch waits for.</summary>
    public void Say(string line)
    {
        lock (_lock)
        {
            _activity = OneLine.Of(secrets.Mask(line));
        }
    }

    /// <summary>Takes an event. True when there is something new to show.</summary>
    public bool Take(AgentEvent said)
    {
        lock (_lock)
        {
            switch (said)
            {
                case AgentEvent.SessionStarted started:
                    _activity = started.Model is { } model ? $"session started ({model})" : "session started";
                    return true;
                case AgentEvent.Text { Subagent: false } text:
                    return TakeText(text);
                case AgentEvent.ToolCall call:
                    _activity = OneLine.Of(secrets.Mask($"{call.Tool} {call.Input}"));
                    return true;
                case AgentEvent.PermissionDenied denied:
                    _activity = OneLine.Of($"denied: {denied.Tool}");
                    return true;
                case AgentEvent.Retrying retrying:
                    _activity = OneLine.Of(
                        $"retrying{(retrying.Attempt > 0 ? $" {retrying.Attempt}" : "")}{(retrying.MaxAttempts is { } max ? $"/{max}" : "")}: {secrets.Mask(retrying.Reason)}");
                    return true;
                case AgentEvent.RateLimited limited:
                    _activity = OneLine.Of(secrets.Mask($"rate limited: {limited.Message}"));
                    return true;
                case AgentEvent.Error error:
                    _activity = OneLine.Of(secrets.Mask($"error: {error.Message}"));
                    return true;
                case AgentEvent.UsageReported usage:
                    _usage = usage.Usage;
                    return true;
                case AgentEvent.CostReported cost:
                    _cost = cost.Usd;
                    return true;
                default:
                    return false;
            }
        }
    }

    private bool TakeText(AgentEvent.Text text)
    {
        if (!text.Partial)
        {
            _text = secrets.Mask(text.Content);
            _delta.Clear();
            _activity = OneLine.LastOf(_text);
            return true;
        }

        // Millions of deltas a second are of no use to anybody who looks on: they are only kept, until somebody does.
        if (_delta.Length > DeltaKeptMax)
        {
            _delta.Remove(0, _delta.Length - DeltaKept);
        }

        _delta.Append(text.Content);
        _activity = null;
        if (time.GetElapsedTime(_lastDelta) < DeltaPause)
        {
            return false;
        }

        _lastDelta = time.GetTimestamp();
        return true;
    }

    private T Read<T>(Func<T> field)
    {
        lock (_lock)
        {
            return field();
        }
    }
}
