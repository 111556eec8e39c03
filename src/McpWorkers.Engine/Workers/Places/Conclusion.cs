using McpWorkers.Engine.Model;

namespace McpWorkers.Engine.Workers.Places;

/// <summary>What a run came to once its workspace was looked at.</summary>
/// <param name="Outcome">The agent's own, or that the checks failed.</param>
internal sealed record Conclusion(RunOutcome Outcome, Evidence Evidence)
{
    /// <summary>Where nobody looks: nothing is known, and nothing is claimed.</summary>
    public static Task<Conclusion> Unlooked(RunOutcome outcome) => Task.FromResult(new Conclusion(outcome, new Evidence()));
}
