namespace McpWorkers.Tests.Product;

/// <summary>Where the built product and the tools of the tests are.</summary>
internal static class ProductPaths
{
    public static string Root { get; } = FindRoot();

    /// <summary>What <c>test.sh</c> installs; not in version control.</summary>
    public static string Tools => Path.Combine(Root, ".tools");

    /// <summary>The product's executable: as <c>test.sh</c> has published it, else as it was built beside the tests.</summary>
    public static string Executable { get; } = Path.Combine(
        Environment.GetEnvironmentVariable("TESTS_PRODUCT") ?? AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "mcpworkers.exe" : "mcpworkers");

    /// <summary>Node 22 or later.</summary>
    public static string Node => Path.Combine(Tools, "bin", "node");

    /// <summary>A script of the tests' own, such as <c>model-server/server.mjs</c>.</summary>
    public static string Script(string path) => Path.Combine(Root, "tests", "tools", path);

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
