namespace McpWorkers.Engine.Requests.Policy;

/// <summary>Whether something falls under a rule. What is known only when it runs may do.</summary>
internal enum Match
{
    No,
    Maybe,
    Yes,
}
