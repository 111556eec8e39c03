using System.Text;
using McpWorkers.Engine.Agents.Reading;
using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Agents.Generic;

/// <summary>
/// Any program: standard output is the answer, the exit code decides. Of an answer above 4 Mi characters the head and the tail are kept
/// in the result; the whole stays in the run directory.
/// </summary>
internal sealed class CommandReader(SessionTotals before) : AgentReader(before)
{
    private const int CharactersMax = 4 * 1024 * 1024;
    private const int ShownMax = 2048;

    private readonly BoundedText _output = new(CharactersMax);
    private bool _begun;

    private protected override bool IsPlainText => true;

    private protected override bool OnObject(JsonView line) => false;

    private protected override void OnText(ReadOnlySpan<byte> line)
    {
        if (_begun)
        {
            _output.Append("\n");
        }

        _begun = true;
        string text = Encoding.UTF8.GetString(line);
        _output.Append(text);
        Emit(new AgentEvent.Text(text.Length > ShownMax ? text[..ShownMax] : text, Partial: true));
    }

    private protected override AgentVerdict Judge(AgentEnding ending) => ending.ExitCode switch
    {
        0 => new AgentVerdict.Good(),
        null => new AgentVerdict.NoResult("Nobody recorded the command's exit code, which is its result."),
        126 or 127 when LinesRead == 0 => Failed(FailureKind.Startup, ending),
        > 128 and < 160 => Failed(FailureKind.Killed, ending),
        _ => Failed(FailureKind.Error, ending),
    };

    private protected override AgentSummary Summarize(AgentEnding ending, AgentSummary common) =>
        common with { Text = _output.ToString() };

    private static AgentVerdict.Failed Failed(FailureKind kind, AgentEnding ending)
    {
        string line = Failures.LastLine(ending.StderrTail);
        string how = ending.ExitCode is > 128 and < 160 and int code
            ? $"The command was ended by signal {code - 128}."
            : $"The command ended with exit code {ending.ExitCode}.";
        return new(kind, line.Length > 0 ? $"{how} Standard error: {line}" : how);
    }
}
