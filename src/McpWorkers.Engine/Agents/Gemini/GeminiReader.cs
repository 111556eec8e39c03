using McpWorkers.Engine.Agents.Reading;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents.Gemini;

/// <summary>
/// Reads gemini's <c>stream-json</c>. There is no final text event: the answer is the deltas since the last tool call, put together.
/// The deltas of a request that is tried again are printed again, and nothing marks the restart; they are kept as they come.
/// </summary>
internal sealed class GeminiReader(SessionTotals before) : AgentReader(before)
{
    private bool _modelIsNext = true;
    private bool? _succeeded;
    private string? _error;
    private Usage? _usage;

    private protected override bool OnObject(JsonView line)
    {
        var type = line["type"u8];
        if (type.Is("message"u8))
        {
            OnMessage(line);
        }
        else if (type.Is("tool_use"u8))
        {
            EndText();
            CountTurn();
            Emit(new AgentEvent.ToolCall(
                line["tool_id"u8].AsStringOrEmpty(), line["tool_name"u8].AsStringOrEmpty(), line["parameters"u8].Preview(PreviewMax)));
        }
        else if (type.Is("tool_result"u8))
        {
            OnToolResult(line);
        }
        else if (type.Is("init"u8))
        {
            Emit(new AgentEvent.SessionStarted(line["session_id"u8].AsStringOrEmpty(), line["model"u8].AsString()));
        }
        else if (type.Is("error"u8))
        {
            OnError(line);
        }
        else if (type.Is("result"u8))
        {
            OnResult(line);
        }
        else
        {
            return false;
        }

        return true;
    }

    private protected override AgentVerdict Judge(AgentEnding ending) => GeminiVerdict.Of(_succeeded, _error, LinesRead, ending);

    private protected override AgentSummary Summarize(AgentEnding ending, AgentSummary common)
    {
        // While it waits for a rate limit gemini says so on standard error only.
        if (RateLimit is null && common.Verdict is not AgentVerdict.Good && ServiceStatus.Find(ending.StderrTail) == 429)
        {
            common = common with { RateLimit = new AgentEvent.RateLimited("The model service answered with status 429.", null) };
        }

        if (ending.StderrTail.Contains("Skipping system settings file", StringComparison.Ordinal))
        {
            common = common with
            {
                Warnings = [.. common.Warnings, "gemini ignored the MCP servers of this run: a directory above the run directory is writable by others."],
            };
        }

        return common with { Usage = _usage };
    }

    private void OnMessage(JsonView line)
    {
        if (!line["role"u8].Is("assistant"u8))
        {
            return;
        }

        CountTurn();
        Emit(new AgentEvent.Text(line["content"u8].AsStringOrEmpty(), Partial: true));
    }

    private void OnToolResult(JsonView line)
    {
        _modelIsNext = true;
        var output = line["output"u8];
        Emit(new AgentEvent.ToolResult(
            line["tool_id"u8].AsStringOrEmpty(),
            !line["status"u8].Is("success"u8),
            (output.Exists ? output : line["error"u8]["message"u8]).Preview(PreviewMax)));
    }

    private void OnError(JsonView line)
    {
        string message = line["message"u8].AsStringOrEmpty();
        if (line["severity"u8].Is("error"u8))
        {
            _error = message;
        }

        EmitError(message);
    }

    private void OnResult(JsonView line)
    {
        EndText();
        _succeeded = line["status"u8].Is("success"u8);
        if (line["error"u8]["message"u8].AsString() is { } error)
        {
            _error = error;
            if (ServiceStatus.OfMessage(error) == FailureKind.RateLimited)
            {
                Emit(LimitReset.Of(error));
            }
        }

        var stats = line["stats"u8];
        if (stats.IsObject)
        {
            _usage = new(
                Input: stats["input_tokens"u8].AsLong() ?? 0,
                Cached: stats["cached"u8].AsLong() ?? 0,
                Output: stats["output_tokens"u8].AsLong() ?? 0,
                InputIncludesCached: true);
            Emit(new AgentEvent.UsageReported(_usage));
        }

        bool good = _succeeded == true && _error is null;
        Emit(new AgentEvent.FinalResult(!good, good ? LastText : null));
    }

    /// <summary>The first thing that the model says after the prompt or after tool results begins a turn.</summary>
    private void CountTurn()
    {
        Turns += _modelIsNext ? 1 : 0;
        _modelIsNext = false;
    }
}
