using McpWorkers.Engine.Agents;
using McpWorkers.Engine.Agents.Reading;

namespace McpWorkers.Benchmarks.Reading;

/// <summary>Reads a transcript as the product does: the base of all agents' readers, and views of the fields that are wanted.</summary>
internal static class OurReading
{
    public const string Name = "McpWorkers (AgentReader)";

    /// <summary>Returns how many lines were read.</summary>
    public static long Read(string path)
    {
        var reader = new ClaudeLikeReader();
        Lines.Read(path, line => reader.Read(line));
        return reader.Conclude(new AgentEnding { ExitCode = 0 }).Lines.Total;
    }

    private sealed class ClaudeLikeReader() : AgentReader(SessionTotals.Zero)
    {
        private protected override bool OnObject(JsonView line)
        {
            var type = line["type"u8];
            if (type.Is("result"u8))
            {
                Emit(new AgentEvent.FinalResult(line["is_error"u8].IsTrue, line["result"u8].AsString()));
                return true;
            }

            foreach (var entry in line["message"u8]["content"u8])
            {
                var block = entry.Value;
                var kind = block["type"u8];
                if (kind.Is("text"u8))
                {
                    Emit(new AgentEvent.Text(block["text"u8].AsStringOrEmpty(), Partial: false));
                }
                else if (kind.Is("tool_use"u8))
                {
                    Emit(new AgentEvent.ToolCall(block["id"u8].AsStringOrEmpty(), block["name"u8].AsStringOrEmpty(), block["input"u8].Preview(2048)));
                }
                else
                {
                    Emit(new AgentEvent.ToolResult(block["tool_use_id"u8].AsStringOrEmpty(), block["is_error"u8].IsTrue, block["content"u8].Preview(2048)));
                }
            }

            return true;
        }

        private protected override AgentVerdict Judge(AgentEnding ending) => new AgentVerdict.Good();

        private protected override AgentSummary Summarize(AgentEnding ending, AgentSummary common) => common;
    }
}
