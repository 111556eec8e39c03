using System.Text;
using McpWorkers.Engine.Agents.Reading;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents.Generic;

/// <summary>What one line of a generic agent says, taken in one walk over its fields.</summary>
internal record struct StreamJsonFields
{
    private bool _isSilent;
    private bool _isUnfinished;
    private bool _isError;
    private string? _errorText;
    private string? _messageText;

    /// <summary>Any field that we know was there.</summary>
    public bool IsKnown { get; private set; }

    public bool IsComplete { get; private set; }

    public string? Delta { get; private set; }

    public string? Whole { get; private set; }

    public string? Error { get; private set; }

    public string? SessionId { get; private set; }

    public string? Model { get; private set; }

    public Usage? Usage { get; private set; }

    public decimal? CostUsd { get; private set; }

    public static StreamJsonFields Read(JsonView line)
    {
        var fields = new StreamJsonFields();
        foreach (var field in line)
        {
            fields.IsKnown |= fields.Take(field) || fields.TakeText(field) || fields.TakeFacts(field);
        }

        fields.Settle();
        return fields;
    }

    private bool Take(JsonView.Entry field)
    {
        var value = field.Value;
        if (field.NameIs("type"u8))
        {
            IsComplete |= value.Is("completion"u8) || value.Is("done"u8) || value.Is("result"u8);
            _isError |= value.Is("error"u8);
            _isSilent |= value.Is("user"u8) || value.Is("thinking"u8) || value.Is("reasoning"u8)
                || value.Is("tool_use"u8) || value.Is("tool_result"u8);
            return value.Kind == JsonKind.Text && (IsComplete || _isError);
        }

        if (field.NameIs("role"u8))
        {
            _isSilent |= !value.Is("assistant"u8) && !value.Is("model"u8);
            return false;
        }

        if (field.NameIs("finish_reason"u8))
        {
            IsComplete |= value.Kind != JsonKind.Null;
            return true;
        }

        if (field.NameIs("done"u8))
        {
            IsComplete |= value.IsTrue;
            _isUnfinished |= value.Kind == JsonKind.False;
            return true;
        }

        if (field.NameIs("status"u8))
        {
            IsComplete |= value.Is("completed"u8);
            return value.Is("completed"u8);
        }

        return TakeError(field);
    }

    private bool TakeError(JsonView.Entry field)
    {
        var value = field.Value;
        if (field.NameIs("is_error"u8))
        {
            _isError |= value.IsTrue;
            return true;
        }

        if (field.NameIs("error"u8))
        {
            _errorText ??= value.AsString() is { Length: > 0 } text ? text
                : value.IsObject ? value["message"u8].AsString() ?? value.Preview(500)
                : value.IsTrue ? "The agent reports an error."
                : null;
            return true;
        }

        return false;
    }

    private bool TakeText(JsonView.Entry field)
    {
        var value = field.Value;
        if (field.NameIs("delta"u8))
        {
            Delta += value.AsString() ?? TextOf(value["content"u8]) ?? value["text"u8].AsString();
            return true;
        }

        if (field.NameIs("choices"u8))
        {
            foreach (var choice in value)
            {
                var reason = choice.Value["finish_reason"u8];
                IsComplete |= reason.Exists && reason.Kind != JsonKind.Null;
                Delta += TextOf(choice.Value["delta"u8]["content"u8]);
                Whole = TextOf(choice.Value["message"u8]["content"u8]) ?? choice.Value["text"u8].AsString() ?? Whole;
            }

            return true;
        }

        if (field.NameIs("message"u8))
        {
            // Of an error line it is the message, else an object with the content.
            _messageText = value.AsString();
            string? text = TextOf(value["content"u8]);
            var role = value["role"u8];
            _isSilent |= role.Exists && !role.Is("assistant"u8) && !role.Is("model"u8);
            Whole = text ?? Whole;
            return text is not null;
        }

        if (field.NameIs("text"u8) || field.NameIs("content"u8) || field.NameIs("result"u8))
        {
            string? text = TextOf(value);
            Whole = text is { Length: > 0 } ? text : Whole;
            return text is not null;
        }

        return false;
    }

    private bool TakeFacts(JsonView.Entry field)
    {
        var value = field.Value;
        if (field.NameIs("session_id"u8))
        {
            SessionId = value.AsString();
        }
        else if (field.NameIs("model"u8))
        {
            Model = value.AsString();
        }
        else if (field.NameIs("total_cost_usd"u8))
        {
            CostUsd = value.AsDecimal();
        }
        else if (field.NameIs("usage"u8) && value.IsObject)
        {
            bool isOpenAi = value["prompt_tokens"u8].Exists;
            Usage = isOpenAi
                ? new(
                    value["prompt_tokens"u8].AsLong() ?? 0,
                    value["prompt_tokens_details"u8]["cached_tokens"u8].AsLong() ?? 0,
                    0,
                    value["completion_tokens"u8].AsLong() ?? 0,
                    value["completion_tokens_details"u8]["reasoning_tokens"u8].AsLong() ?? 0,
                    InputIncludesCached: true)
                : new(
                    value["input_tokens"u8].AsLong() ?? 0,
                    value["cache_read_input_tokens"u8].AsLong() ?? 0,
                    value["cache_creation_input_tokens"u8].AsLong() ?? 0,
                    value["output_tokens"u8].AsLong() ?? 0);
        }
        else
        {
            return false;
        }

        return true;
    }

    /// <summary>What depends on several fields: their order is nobody's promise.</summary>
    private void Settle()
    {
        if (_isError || _errorText is not null)
        {
            Error = _errorText ?? _messageText ?? Whole ?? Delta ?? "The agent reports an error.";
            (Whole, Delta) = (null, null);
        }
        else if (_isSilent && !IsComplete)
        {
            (Whole, Delta) = (null, null);
        }
        else if (_isUnfinished && Whole is not null)
        {
            // 'done: false' says that this is a piece and more follows.
            (Delta, Whole) = (Delta + Whole, null);
        }
    }

    private static string? TextOf(JsonView value)
    {
        if (value.Kind != JsonKind.Array)
        {
            return value.AsString();
        }

        var text = new StringBuilder();
        foreach (var item in value)
        {
            text.Append(item.Value.AsString() ?? item.Value["text"u8].AsString());
        }

        return text.ToString();
    }
}
