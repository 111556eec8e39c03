using McpWorkers.Engine.Agents.Reading;

namespace McpWorkers.Engine.Agents.Grok;

/// <summary>
/// Reads grok's messages, one a line, all printed at its end. It ends with exit code 0 after an error too: then the last message says
/// so in words of its own, which is all there is to go by.
/// </summary>
internal sealed class GrokReader(SessionTotals before) : AgentReader(before)
{
    private const string ErrorPrefix = "Sorry, I encountered an error:";
    private const string ErrorOrigin = "Grok API error: ";

    private bool _hasAnswer;
    private string? _error;

    private protected override bool OnObject(JsonView line)
    {
        var role = line["role"u8];
        if (role.Is("assistant"u8))
        {
            OnAssistant(line);
        }
        else if (role.Is("tool"u8))
        {
            Emit(new AgentEvent.ToolResult(line["tool_call_id"u8].AsStringOrEmpty(), false, line["content"u8].Preview(PreviewMax)));
        }
        else
        {
            return role.Is("user"u8) || role.Is("system"u8);
        }

        return true;
    }

    private protected override AgentVerdict Judge(AgentEnding ending) =>
        _error is not null ? new AgentVerdict.Failed(ServiceStatus.OfMessage(_error), LastWords.Shorten(_error))
        : _hasAnswer ? Endings.WithGoodResult(ending)
        : Endings.WithoutResult(ending, began: LinesRead > 0);

    private protected override AgentSummary Summarize(AgentEnding ending, AgentSummary common) => common;

    private void OnAssistant(JsonView line)
    {
        string text = line["content"u8].AsStringOrEmpty();
        bool calls = false;
        foreach (var call in line["tool_calls"u8])
        {
            calls = true;
            var function = call.Value["function"u8];
            Emit(new AgentEvent.ToolCall(
                call.Value["id"u8].AsStringOrEmpty(), function["name"u8].AsStringOrEmpty(), function["arguments"u8].Preview(PreviewMax)));
        }

        if (text.StartsWith(ErrorPrefix, StringComparison.Ordinal))
        {
            string message = text[ErrorPrefix.Length..].Trim();
            _error = message.StartsWith(ErrorOrigin, StringComparison.Ordinal) ? message[ErrorOrigin.Length..] : message;
            EmitError(_error);
            return;
        }

        // A message that calls a tool is followed by another one: it is no answer yet.
        _hasAnswer = !calls;
        _error = null;
        Turns++;
        if (text.Length > 0)
        {
            Emit(new AgentEvent.Text(text, Partial: false));
        }
    }
}
