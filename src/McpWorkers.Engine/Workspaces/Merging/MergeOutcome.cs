namespace McpWorkers.Engine.Workspaces.Merging;

/// <summary>What merging one workspace came to.</summary>
/// <param name="Id">The worker's id.</param>
/// <param name="Status">merged, nothing_to_merge, conflict, checks_failed, refused.</param>
/// <param name="Target">The branch, without <c>refs/heads/</c>.</param>
/// <param name="Commit">Where the target stands now; null where it did not move.</param>
/// <param name="Files">The files in conflict, or in the way.</param>
/// <param name="Detail">For a person: what was wrong and the remedy; empty where all is well.</param>
public sealed record MergeOutcome(
    string Id, string Status, string Target, string? Commit, IReadOnlyList<string> Files, IReadOnlyList<Model.CheckResult> Checks, string Detail);

/// <summary>What would collide if a workspace were merged now.</summary>
/// <param name="With">The target's branch name, or another worker's id.</param>
public sealed record Collision(string With, IReadOnlyList<string> Files);

/// <summary>What lies ahead for one workspace.</summary>
/// <param name="Overlaps">Files that other live workers have changed too, whether or not they would collide.</param>
public sealed record MergeForecast(string Id, string Target, IReadOnlyList<Collision> Collisions, IReadOnlyList<Collision> Overlaps);
