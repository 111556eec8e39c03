using McpWorkers.Engine.Agents.Reading;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents.Generic;

/// <summary>
/// Lines of JSON in the shapes that most model tools write. Complete: <c>finish_reason</c> (at the top or in <c>choices</c>),
/// <c>done: true</c>, <c>type</c> completion, done or result, <c>status</c> completed. Content: <c>delta.content</c>, <c>text</c>,
/// <c>content</c> (text or a list of texts), <c>message.content</c>, <c>result</c>. Deltas are joined; a whole text takes their place.
/// </summary>
internal sealed class StreamJsonReader(SessionTotals before) : AgentReader(before)
{
    private bool _isComplete;
    private string? _error;
    private Usage? _usage;
    private decimal? _cost;

    private protected override bool OnObject(JsonView line)
    {
        var fields = StreamJsonFields.Read(line);
        if (fields.SessionId is { } id && id != SessionId)
        {
            Emit(new AgentEvent.SessionStarted(id, fields.Model));
        }

        _usage = fields.Usage ?? _usage;
        _cost = fields.CostUsd ?? _cost;
        Take(fields);
        if (fields.Error is not null)
        {
            _error = fields.Error;
            EmitError(fields.Error);
        }
        else if (fields.IsComplete)
        {
            // An error that was got over: the agent went on to its end.
            _error = null;
        }

        if (fields.IsComplete)
        {
            _isComplete = true;
            Emit(new AgentEvent.FinalResult(fields.Error is not null, null));
        }

        return fields.IsKnown;
    }

    private protected override AgentVerdict Judge(AgentEnding ending) =>
        _error is not null ? new AgentVerdict.Failed(ServiceStatus.OfMessage(_error), LastWords.Shorten(_error))
        : _isComplete ? Endings.WithGoodResult(ending)
        : Endings.WithoutResult(ending, began: LinesRead > 0);

    private protected override AgentSummary Summarize(AgentEnding ending, AgentSummary common) =>
        common with { Usage = _usage, CostUsd = _cost };

    private void Take(in StreamJsonFields fields)
    {
        if (fields.Delta is { Length: > 0 } delta)
        {
            Emit(new AgentEvent.Text(delta, Partial: true));
        }

        if (fields.Whole is { Length: > 0 } whole)
        {
            Emit(new AgentEvent.Text(whole, Partial: false));
        }
    }
}
