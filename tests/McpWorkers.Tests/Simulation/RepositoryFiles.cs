namespace McpWorkers.Tests.Simulation;

/// <summary>Finds the repository that these tests were built from.</summary>
internal static class RepositoryFiles
{
    public static string Root { get; } = Find(new DirectoryInfo(AppContext.BaseDirectory));

    private static string Find(DirectoryInfo? folder) =>
        folder is null ? throw new DirectoryNotFoundException($"No McpWorkers.sln above {AppContext.BaseDirectory}.")
        : File.Exists(Path.Combine(folder.FullName, "McpWorkers.sln")) ? folder.FullName
        : Find(folder.Parent);
}
