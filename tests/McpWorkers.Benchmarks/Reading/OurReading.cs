using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Agents.Claude;
using McpWorkers.Engine.Execution;
using McpWorkers.Engine.Execution.Output;
using McpWorkers.Engine.Model;

namespace McpWorkers.Benchmarks.Reading;

/// <summary>Reads a transcript as the product does: the follower of growing files, and claude's reader.</summary>
internal static class OurReading
{
    public const string Name = "McpWorkers (claude's reader)";

    /// <summary>Returns how many lines were read.</summary>
    public static long Read(string path)
    {
        var reader = new ClaudeAdapter().NewReader(SessionTotals.Zero);
        using var follower = new OutputFollower(path, RunBounds.Default.LineBytesMax);
        follower.ReadOn(Take, long.MaxValue);
        follower.Finish(Take);
        return reader.Conclude(new AgentEnding { ExitCode = 0 }).Lines.Total;

        void Take(in OutputLine line) => reader.Read(line.Bytes, line.Shortened, line.Unterminated);
    }
}
