namespace McpWorkers.Engine.Agents;

/// <summary>
/// The lines that an agent understands on its standard input while it runs. Whole lines, each with its line feed. Holds no state of a run:
/// whoever takes a run up again after a restart writes the same lines.
/// </summary>
public interface IAgentControl
{
    /// <summary>Answers <see cref="AgentEvent.PermissionAsked"/>.</summary>
    /// <param name="asked">What was asked: the agent goes on with exactly this input.</param>
    /// <param name="message">Of a denial: why, for the agent's model. Null for a plain no.</param>
    ReadOnlyMemory<byte> Answer(AgentEvent.PermissionAsked asked, bool allow, string? message = null);

    /// <summary>
    /// Asks the agent to leave off what it does: it answers with a final result of kind error, its session can be gone on with. One that has
    /// not begun its turn yet may overlook it, so a signal must follow where no result comes.
    /// </summary>
    /// <param name="id">Any text without quotes or control characters; the agent's reply names it.</param>
    ReadOnlyMemory<byte> Interrupt(string id);
}
