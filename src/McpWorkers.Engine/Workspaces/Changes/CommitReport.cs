namespace McpWorkers.Engine.Workspaces.Changes;

/// <summary>What committing a worker's work came to.</summary>
/// <param name="Commit">The commit that was made; null where there was nothing to commit, or it could not be.</param>
/// <param name="Notes">What a reader should know: why nothing was committed, what could not be, where the commit went.</param>
public sealed record CommitReport(string? Commit, IReadOnlyList<string> Notes);
