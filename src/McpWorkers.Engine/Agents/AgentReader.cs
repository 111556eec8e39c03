using McpWorkers.Engine.Agents.Reading;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents;

/// <summary>
/// Reads the lines of one run of one agent. An adapter's reader translates lines into events; what all agents have in common (open tool
/// calls, the last text, counts) is kept here. Never throws and never drops: a line that we do not know is counted, because the agent is
/// upgraded without asking us.
/// </summary>
public abstract class AgentReader
{
    /// <summary>How much of a tool's input or output, and of other things that are only shown, an event carries.</summary>
    internal const int PreviewMax = 2048;

    /// <summary>As much as a line may hold with agents that say a text in one line.</summary>
    private const int OpenTextCharactersMax = 8 * 1024 * 1024;

    /// <summary>By the call's id, whether a subagent made it.</summary>
    private readonly Dictionary<string, bool> _openTools = [];
    private readonly List<string> _denials = [];
    private readonly List<AgentEvent.PermissionAsked> _openAsks = [];

    /// <summary>The pieces of a text that has not ended: what was said until then, should it never end.</summary>
    private readonly BoundedText _openText = new(OpenTextCharactersMax);
    private readonly LongValues _longValues = new();
    private LineCounts _lines;
    private int _open;
    private bool _modelIsNext = true;

    protected AgentReader(SessionTotals before) => Before = before;

    /// <summary>Told of every event, at once and in order. It must not throw and must be quick.</summary>
    public Action<AgentEvent>? Listener { get; set; }

    /// <summary>What is going on, as far as the lines tell.</summary>
    public AgentActivity Activity => new(_openTools.Count > 0, _open > 0, Results > 0, Hopeless)
    {
        IsInputOver = IsInputOver,
    };

    /// <summary>
    /// What the agent asked for and has not gone on from, in order. Whoever reads a run anew after a restart finds here what is still to be
    /// answered, and what was answered but not yet read.
    /// </summary>
    public IReadOnlyList<AgentEvent.PermissionAsked> OpenAsks => _openAsks;

    /// <summary>Requests of the agent itself to its model so far, as far as the stream shows them.</summary>
    public int TurnsBegun { get; private set; }

    protected SessionTotals Before { get; }

    protected string? SessionId { get; set; }

    protected string? Model { get; set; }

    /// <summary>The last whole text that the agent itself said.</summary>
    protected string LastText { get; private set; } = "";

    protected int Results { get; private set; }

    protected int Turns { get; set; }

    protected int Subagents { get; set; }

    protected int ToolCalls { get; private set; }

    protected int Retries { get; private set; }

    protected AgentEvent.RateLimited? RateLimit { get; private set; }

    /// <summary>Lines read so far, empty ones excepted.</summary>
    protected long LinesRead => _lines.Total;

    /// <summary>The lines say themselves when a turn begins; otherwise it is seen by what follows a tool's result.</summary>
    private protected virtual bool TellsTurns => false;

    /// <summary>Nothing that would have to be answered can come any more.</summary>
    private protected virtual bool IsInputOver => Results > 0 && _open == 0 && _openAsks.Count == 0;

    /// <summary>The line that is read now was too long and its long strings are cut.</summary>
    private protected bool IsLineCut { get; private set; }

    /// <summary>The output is plain text: every line, JSON or empty, goes to <see cref="OnText"/>.</summary>
    internal virtual bool IsPlainText => false;

    /// <summary>Set when the stream says that the request cannot succeed while the agent goes on retrying.</summary>
    protected AgentVerdict.Failed? Hopeless { get; set; }

    /// <summary>Takes one line.</summary>
    /// <param name="line">Without its line feed.</param>
    /// <param name="shortened">It was too long and its long strings are cut.</param>
    /// <param name="unterminated">It is the end of the output and has no line feed.</param>
    public void Read(ReadOnlySpan<byte> line, bool shortened = false, bool unterminated = false)
    {
        if (!IsPlainText && line.Trim(" \t\r"u8).IsEmpty)
        {
            return;
        }

        _lines = _lines with
        {
            Total = _lines.Total + 1,
            Shortened = _lines.Shortened + (shortened ? 1 : 0),
            Unterminated = _lines.Unterminated + (unterminated ? 1 : 0),
            InvalidUtf8 = _lines.InvalidUtf8 + (System.Text.Unicode.Utf8.IsValid(line) ? 0 : 1),
        };
        IsLineCut = shortened;
        if (IsPlainText)
        {
            OnText(line);
        }
        else if (!JsonView.TryReadObject(line, out var json, _longValues))
        {
            if (!TryMend(line))
            {
                _lines = _lines with { NotJson = _lines.NotJson + 1 };
                OnText(line);
            }
        }
        else if (!OnObject(json))
        {
            _lines = _lines with { Unrecognized = _lines.Unrecognized + 1 };
            Emit(new AgentEvent.Unrecognized(json["type"u8].AsString()));
        }
    }

    /// <summary>Judges the run, once all its lines are read.</summary>
    public AgentSummary Conclude(AgentEnding ending)
    {
        ArgumentNullException.ThrowIfNull(ending);
        var summary = Summarize(ending, new AgentSummary
        {
            Verdict = Verdict(ending),
            Text = _openText.IsEmpty ? LastText : _openText.ToString(),
            SessionId = SessionId,
            Model = Model,
            SessionAfter = Before,
            Denials = [.. _denials],
            Turns = Turns,
            ToolCalls = ToolCalls,
            Retries = Retries,
            RateLimit = RateLimit,
            Results = Results,
            Subagents = Subagents,
            Lines = _lines,
        });
        return summary;
    }

    /// <summary>Translates a line. Returns false for a type that the adapter does not know.</summary>
    private protected abstract bool OnObject(JsonView line);

    /// <summary>A line that is no JSON object, as some agents write several into one: true where the adapter made sense of it.</summary>
    private protected virtual bool TryMend(ReadOnlySpan<byte> line) => false;

    /// <summary>A line that is no JSON object. Agents whose output is plain text override this.</summary>
    private protected virtual void OnText(ReadOnlySpan<byte> line) => Emit(new AgentEvent.Unrecognized(null));

    /// <summary>The adapter's rule of success. What is hopeless is told before it is asked.</summary>
    private protected abstract AgentVerdict Judge(AgentEnding ending);

    /// <summary>Adds usage, cost, a text put together by the adapter, and the session's counters.</summary>
    private protected abstract AgentSummary Summarize(AgentEnding ending, AgentSummary common);

    /// <summary>Tells an event, and keeps what all agents have in common.</summary>
    private protected void Emit(AgentEvent said)
    {
        if (!TellsTurns && said is (AgentEvent.Text { Subagent: false } or AgentEvent.ToolCall { Subagent: false } or AgentEvent.Thinking))
        {
            BeginTurn();
        }

        switch (said)
        {
            case AgentEvent.SessionStarted(var id, var model):
                SessionId = id;
                Model = model ?? Model;
                break;
            case AgentEvent.Text { Partial: true, Subagent: false } piece:
                _openText.Append(piece.Content);
                break;
            case AgentEvent.Text { Partial: false, Subagent: false } text:
                LastText = text.Content;
                _openText.Clear();
                break;
            case AgentEvent.ToolCall call:
                ToolCalls++;
                _openTools[call.Id] = call.Subagent;
                break;
            case AgentEvent.PermissionAsked asked:
                _openAsks.Add(asked);
                break;
            case AgentEvent.ToolResult result:
                _openAsks.RemoveAll(asked => asked.ToolCallId == result.Id);
                _modelIsNext |= _openTools.Remove(result.Id, out bool bySubagent) && !bySubagent;
                break;
            case AgentEvent.PermissionDenied denied:
                _denials.Add(denied.Tool);
                break;
            case AgentEvent.Retrying:
                Retries++;
                break;
            case AgentEvent.RateLimited limited:
                // The last word often leaves out what an earlier one said.
                RateLimit = limited is { ResetsAt: null, ResetsIn: null }
                    ? limited with { ResetsAt = RateLimit?.ResetsAt, ResetsIn = RateLimit?.ResetsIn }
                    : limited;
                break;
            case AgentEvent.BackgroundChanged background:
                _open = background.Open;
                break;
            case AgentEvent.FinalResult:
                Results++;
                _openAsks.Clear();
                _modelIsNext = true;
                break;
        }

        Listener?.Invoke(said);
    }

    /// <summary>What the agent writes now is the model's answer to a new request; only the first call after a tool's result counts.</summary>
    private protected void BeginTurn()
    {
        if (_modelIsNext)
        {
            _modelIsNext = false;
            Emit(new AgentEvent.TurnStarted(++TurnsBegun));
        }
    }

    /// <summary>The agent says that its model is asked: the next <see cref="BeginTurn"/> counts.</summary>
    private protected void ExpectTurn() => _modelIsNext = true;

    /// <summary>An error that the agent tells: one that is about a limit says so by an event of its own.</summary>
    private protected void EmitError(string message)
    {
        if (ServiceStatus.OfMessage(message) == FailureKind.RateLimited)
        {
            Emit(LimitReset.Of(message));
        }

        Emit(new AgentEvent.Error(LastWords.Shorten(message)));
    }

    /// <summary>Whether this tool call has begun and not ended: for agents that tell only the end of some.</summary>
    private protected bool IsOpen(string toolCallId) => _openTools.ContainsKey(toolCallId);

    /// <summary>The pieces until here are one whole text: for agents that do not say it once more.</summary>
    private protected void EndText()
    {
        if (!_openText.IsEmpty)
        {
            Emit(new AgentEvent.Text(_openText.ToString(), Partial: false));
        }
    }

    /// <summary>The pieces until here are void: they come anew, or were no part of the answer.</summary>
    private protected void DropText() => _openText.Clear();

    /// <summary>
    /// A run that was stopped as hopeless failed for that reason, whatever the agent made of the signal. So did one that gave up by itself
    /// without another result.
    /// </summary>
    private AgentVerdict Verdict(AgentEnding ending)
    {
        var verdict = Judge(ending);
        bool isHopeless = ending.Stopped == StopKind.Hopeless
            || verdict is AgentVerdict.NoResult or AgentVerdict.Failed { Kind: FailureKind.Killed };
        return isHopeless && Hopeless is { } hopeless ? hopeless : verdict;
    }
}

/// <summary>What is going on in a run, in an agent's words.</summary>
public readonly record struct AgentActivity(
    bool ToolCallOpen, bool BackgroundOpen, bool FinalResultSeen, AgentVerdict.Failed? Hopeless)
{
    /// <summary>
    /// An input that was left open is to be ended now: the final result was said and nothing goes on behind it. The agent ends by that, and
    /// not before.
    /// </summary>
    public bool IsInputOver { get; init; }
}
