using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Execution.Output;

namespace McpWorkers.Engine.Workers.Runs;

/// <summary>
/// Reads what went on in a run from its raw output, page by page, from any byte offset on. Nothing of it is kept: the transcript is the record.
/// </summary>
internal static class RunLog
{
    public const int LinesMax = 10_000;

    private const string OutputFile = "stdout.ndjson";
    private const long PageBytesMax = 4 * 1024 * 1024;
    private const int LineBytesMax = 1024 * 1024;
    private const int PieceBytes = 64 * 1024;

    /// <param name="cursor">In bytes: the beginning of a line.</param>
    /// <param name="isSettled">Nothing more is written.</param>
    /// <param name="secrets">Masked.</param>
    public static RunLogPage Read(string runDirectory, IAgentAdapter agent, long cursor, int linesMax, bool isSettled, SecretValues secrets)
    {
        string path = Path.Combine(runDirectory, OutputFile);
        long length = File.Exists(path) ? new FileInfo(path).Length : 0;
        if (cursor < 0 || cursor > length)
        {
            throw Arguments.Invalid($"cursor is {cursor}; allowed are 0 to {length}, the length of the raw output so far.");
        }

        if (length == 0)
        {
            return new([], 0, 0, isSettled);
        }

        var lines = new List<RunLogLine>();
        long at = cursor;
        long next = cursor;
        var reader = agent.NewReader(SessionTotals.Zero);
        reader.Listener = said =>
        {
            if (Describe(said, reader.IsPlainText) is var (kind, text))
            {
                lines.Add(new(at, kind, secrets.Mask(text)));
            }
        };
        using var output = new OutputFollower(path, LineBytesMax, cursor);
        while (lines.Count < linesMax && output.Position - cursor < PageBytesMax && output.ReadOn(Take, PieceBytes) > 0)
        {
        }

        if (isSettled && lines.Count < linesMax && output.Position >= length)
        {
            output.Finish(Take);
            next = output.Position;
        }

        return new(lines, cursor, next, isSettled && next >= length);

        void Take(in OutputLine line)
        {
            at = line.Offset;
            if (lines.Count < linesMax)
            {
                reader.Read(line.Bytes, line.Shortened, line.Unterminated);
                next = line.Offset + line.FullLength + 1;
            }
        }
    }

    /// <summary>Null for what only machines need.</summary>
    private static (string Kind, string Text)? Describe(AgentEvent said, bool isPlainText) => said switch
    {
        AgentEvent.SessionStarted session => ("session", session.Model is { } model ? $"{session.SessionId} ({model})" : session.SessionId),

        // The whole text follows its pieces, but for a program that says nothing else: its lines are what there is.
        AgentEvent.Text text when !text.Partial || isPlainText => ("text", text.Content),
        AgentEvent.Thinking { Partial: false } thinking => ("thinking", thinking.Content),
        AgentEvent.ToolCall call => ("tool_call", $"{call.Tool} {call.Input}".TrimEnd()),
        AgentEvent.ToolResult result => (result.IsError ? "tool_error" : "tool_result", result.Output),
        AgentEvent.PermissionDenied denied => ("denied", $"{denied.Tool}: {denied.Message}"),
        AgentEvent.RateLimited limited => ("rate_limit", limited.Message),
        AgentEvent.Retrying retrying => ("retry", retrying.Reason),
        AgentEvent.Error error => ("error", error.Message),
        AgentEvent.FinalResult result => ("result", result.IsError ? "error" : "success"),
        _ => null,
    };
}
