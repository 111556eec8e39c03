using System.Text;

namespace McpWorkers.Engine.Agents.Reading;

/// <summary>
/// What the agents with claude's stream have in common: whole <c>assistant</c> and <c>user</c> messages of content blocks, deltas under
/// <c>stream_event</c>, <c>system</c> lines and a <c>result</c>. What a subagent says never becomes the answer.
/// </summary>
internal abstract class MessageReader : AgentReader
{
    /// <summary>A stream that opens more than this without an end is not remembered further: memory stays bounded.</summary>
    private const int RememberedMax = 10_000;

    private readonly HashSet<string> _deniedIds = [];
    private readonly HashSet<string> _openTasks = [];

    private protected MessageReader(SessionTotals before)
        : base(before)
    {
    }

    private protected sealed override bool OnObject(JsonView line)
    {
        var type = line["type"u8];
        if (type.Is("assistant"u8))
        {
            OnMessage(line, isAssistant: true);
        }
        else if (type.Is("user"u8))
        {
            OnMessage(line, isAssistant: false);
        }
        else if (type.Is("stream_event"u8))
        {
            OnDelta(line);
        }
        else if (type.Is("system"u8))
        {
            OnSystem(line, line["subtype"u8]);
        }
        else if (type.Is("result"u8))
        {
            StartSession(line["session_id"u8].AsString(), null);
            ReadDenials(line["permission_denials"u8]);
            OnResult(line);
        }
        else
        {
            return OnOther(type, line);
        }

        return true;
    }

    private protected abstract void OnResult(JsonView line);

    private protected abstract void OnSystem(JsonView line, JsonView subtype);

    private protected virtual bool OnOther(JsonView type, JsonView line) => type.Is("control_request"u8) || type.Is("control_response"u8);

    /// <summary>A whole message of the agent itself. Returns true where it is the CLI's report of an error and no text of the agent.</summary>
    private protected abstract bool IsErrorReport(in MessageFields message, string text);

    /// <summary>What an <c>assistant</c> line says of its tokens; some agents tell it only in the last line of a message.</summary>
    private protected virtual void OnMessageUsage(JsonView usage)
    {
    }

    /// <summary>A piece of a message that is no text: where it begins and ends.</summary>
    /// <param name="subagent">The call that the speaker is the answer to; null for the agent itself.</param>
    private protected virtual void OnPiece(JsonView type, JsonView piece, string? subagent)
    {
    }

    /// <summary>Told before the event of it.</summary>
    private protected virtual void OnFailedTool(string id, string output)
    {
    }

    private protected void StartSession(string? sessionId, string? model)
    {
        if (sessionId is { Length: > 0 } && (sessionId != SessionId || (model is not null && model != Model)))
        {
            Emit(new AgentEvent.SessionStarted(sessionId, model));
        }
    }

    /// <summary>A denied call is told up to three times over: it counts once.</summary>
    private protected void Deny(string? id, string tool, string message)
    {
        if (id is null || (_deniedIds.Count < RememberedMax && _deniedIds.Add(id)))
        {
            Emit(new AgentEvent.PermissionDenied(tool, message));
        }
    }

    private protected void Retry(JsonView attempt, JsonView most, JsonView delayMilliseconds, long? status, string reason) =>
        Emit(new AgentEvent.Retrying(
            Count(attempt) ?? 0,
            Count(most),
            Count(delayMilliseconds) is { } delay ? TimeSpan.FromMilliseconds(delay) : null,
            status is >= 100 and < 1000 ? (int)status : null,
            reason));

    /// <summary>A number as a count, whatever an agent may write there.</summary>
    private protected static int? Count(JsonView number) =>
        number.AsLong() is { } value ? (int)Math.Clamp(value, 0, int.MaxValue / 2) : null;

    private protected void OpenTask(string? id, bool isSubagent)
    {
        if (id is not null && _openTasks.Count < RememberedMax && _openTasks.Add(id))
        {
            Subagents += isSubagent ? 1 : 0;
            Emit(new AgentEvent.BackgroundChanged(_openTasks.Count));
        }
    }

    private protected void CloseTask(string? id)
    {
        if (id is not null && _openTasks.Remove(id))
        {
            Emit(new AgentEvent.BackgroundChanged(_openTasks.Count));
        }
    }

    private void ReadDenials(JsonView denials)
    {
        foreach (var denial in denials)
        {
            Deny(denial.Value["tool_use_id"u8].AsString(), denial.Value["tool_name"u8].AsStringOrEmpty(), "");
        }
    }

    private void OnMessage(JsonView line, bool isAssistant)
    {
        // One walk over the line: its message may be megabytes long.
        var message = new MessageFields();
        foreach (var field in line)
        {
            message.Take(field);
        }

        var text = new StringBuilder();
        foreach (var block in message.Content)
        {
            OnBlock(block.Value, isAssistant, message.IsSubagent, text);
        }

        if (!isAssistant)
        {
            return;
        }

        if (message.Usage.IsObject)
        {
            OnMessageUsage(message.Usage);
        }

        if (message.Content.Kind == JsonKind.Text)
        {
            text.Append(message.Content.AsString());
        }

        string said = text.ToString();
        if (!message.IsSubagent && IsErrorReport(message, said))
        {
            if (message.Status.AsLong() == 429 || message.Error.Is("rate_limit"u8))
            {
                Emit(LimitReset.Of(said));
                Emit(new AgentEvent.Error(LastWords.Shorten(said)));
            }
            else
            {
                EmitError(said);
            }
        }
        else if (said.Length > 0)
        {
            Emit(new AgentEvent.Text(said, Partial: false, message.IsSubagent));
        }
    }

    private void OnBlock(JsonView json, bool isAssistant, bool isSubagent, StringBuilder text)
    {
        var block = new BlockFields();
        foreach (var field in json)
        {
            block.Take(field);
        }

        var type = block.Type;
        if (type.Is("text"u8) && isAssistant)
        {
            text.Append(block.Text.AsString());
        }
        else if (type.Is("thinking"u8) && !isSubagent)
        {
            Emit(new AgentEvent.Thinking(block.Text.Preview(PreviewMax), Partial: false));
        }
        else if (type.Is("tool_use"u8))
        {
            Emit(new AgentEvent.ToolCall(
                block.Id.AsStringOrEmpty(), block.Name.AsStringOrEmpty(), block.Content.Preview(PreviewMax), isSubagent));
        }
        else if (type.Is("tool_result"u8))
        {
            string output = block.Content.Preview(PreviewMax);
            if (block.IsError)
            {
                OnFailedTool(block.Id.AsStringOrEmpty(), output);
            }

            Emit(new AgentEvent.ToolResult(block.Id.AsStringOrEmpty(), block.IsError, output));
        }
    }

    private void OnDelta(JsonView line)
    {
        var inner = line["event"u8];
        var type = inner["type"u8];
        string? subagent = line["parent_tool_use_id"u8].AsString();
        if (!type.Is("content_block_delta"u8))
        {
            OnPiece(type, inner, subagent);
            return;
        }

        var delta = inner["delta"u8];
        bool isSubagent = subagent is not null;
        if (delta["text"u8].AsString() is { Length: > 0 } text)
        {
            Emit(new AgentEvent.Text(text, Partial: true, isSubagent));
        }
        else if (!isSubagent && delta["thinking"u8].AsString() is { Length: > 0 } thinking)
        {
            Emit(new AgentEvent.Thinking(thinking, Partial: true));
        }
    }
}
