namespace McpWorkers.Engine.Model;

/// <summary>An MCP server (stdio) that is added to a run.</summary>
/// <param name="Name">Letters, digits, '_' and '-'.</param>
public sealed record McpServerSpec(
    string Name, string Command, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment)
{
    /// <summary>The name of a run's own, through which its agent asks.</summary>
    public const string OfRun = "mcpworkers";

    public bool IsNamedAsTheRunsOwn => IsOfRun(Name);

    /// <summary>Also in other case: some agents make one name of both.</summary>
    public static bool IsOfRun(string name) => string.Equals(name, OfRun, StringComparison.OrdinalIgnoreCase);
}
