namespace McpWorkers.Engine.Workspaces.Git;

/// <summary>Names of branches, with and without what git puts before them.</summary>
internal static class RefNames
{
    private const string Heads = "refs/heads/";

    public static string? Short(string? name) => name is not null && name.StartsWith(Heads, StringComparison.Ordinal) ? name[Heads.Length..] : name;
}
