namespace McpWorkers.Engine.Requests;

/// <summary>What an agent is told where nobody answered.</summary>
internal static class UnattendedAnswer
{
    public const string Question =
        "Nobody answered in time. Decide yourself: take the most cautious course that still does the work, change nothing that cannot be undone, and say in your answer what you assumed.";

    public const string Denial = "Nobody answered in time, so it is denied. Do not try it in another way; do what can be done without it, and say what is missing.";
}
