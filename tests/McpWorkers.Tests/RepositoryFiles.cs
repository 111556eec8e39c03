namespace McpWorkers.Tests;

/// <summary>Files of the repository that tests hold against the code.</summary>
internal static class RepositoryFiles
{
    public static string Root { get; } = FindRoot();

    /// <summary>
    /// Holds a generated file against what the code says now. With the variable <c>UPDATE_GENERATED=1</c> it is written instead:
    /// a changed file is then a change to review.
    /// </summary>
    public static void AssertUpToDate(string path, string expected)
    {
        string file = Path.Combine(Root, path);
        if (Environment.GetEnvironmentVariable("UPDATE_GENERATED") == "1")
        {
            File.WriteAllText(file, expected);
        }

        Xunit.Assert.Equal(expected, File.ReadAllText(file), ignoreLineEndingDifferences: true);
    }

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "McpWorkers.sln")))
        {
            directory = directory.Parent ?? throw new InvalidOperationException("The tests do not run inside the repository.");
        }

        return directory.FullName;
    }
}
