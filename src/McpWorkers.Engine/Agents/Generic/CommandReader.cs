using System.Text;
using McpWorkers.Engine.Agents.Reading;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents.Generic;

/// <summary>
/// Any program: standard output is the answer, the exit code decides. Of an answer above 8 Mi characters the head and the tail are kept
/// in the result; the whole stays in the run directory.
/// </summary>
internal sealed class CommandReader(SessionTotals before) : AgentReader(before)
{
    private bool _begun;

    internal override bool IsPlainText => true;

    private protected override bool OnObject(JsonView line) => false;

    private protected override void OnText(ReadOnlySpan<byte> line)
    {
        string text = Encoding.UTF8.GetString(line);
        Emit(new AgentEvent.Text(_begun ? "\n" + text : text, Partial: true));
        _begun = true;
    }

    private protected override AgentVerdict Judge(AgentEnding ending) => ending.ExitCode switch
    {
        0 => new AgentVerdict.Good(),
        null => new AgentVerdict.NoResult("Nobody recorded the command's exit code, which is its result."),
        126 or 127 when LinesRead == 0 => Failed(FailureKind.Startup, ending),
        _ => Failed(Endings.Signal(ending) is null ? FailureKind.Error : FailureKind.Killed, ending),
    };

    private protected override AgentSummary Summarize(AgentEnding ending, AgentSummary common) => common;

    private static AgentVerdict.Failed Failed(FailureKind kind, AgentEnding ending)
    {
        string how = Endings.Signal(ending) is { } signal
            ? $"The command was ended by signal {signal}."
            : $"The command ended with exit code {ending.ExitCode}.";
        return new(kind, how + Endings.Said(ending));
    }
}
