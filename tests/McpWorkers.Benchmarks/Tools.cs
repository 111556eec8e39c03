namespace McpWorkers.Benchmarks;

/// <summary>Where the peers and the product's executable are. Null, with the reason, where they are not.</summary>
internal static class Tools
{
    /// <summary>The repository that this was built from.</summary>
    public static string Root { get; } = Above(new DirectoryInfo(AppContext.BaseDirectory));

    /// <summary>The product's executable, which stands beside this program.</summary>
    public static string Product { get; } = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "mcpworkers.exe" : "mcpworkers");

    /// <summary>What proofs that last long are run against: another build where BENCHMARK_PRODUCT names one, so that this one can go on being built.</summary>
    public static string ProductUnderProof => Environment.GetEnvironmentVariable("BENCHMARK_PRODUCT") is { Length: > 0 } other ? other : Product;

    /// <summary>The pinned Node of the tests, else the one on the PATH.</summary>
    public static string? Node { get; } = FindNode();

    /// <summary>The folder of packages that holds the MCP SDK for TypeScript.</summary>
    public static string? McpSdk { get; } =
        Path.Combine(Root, ".tools", "mcp-clients", "node_modules") is var modules
        && Directory.Exists(Path.Combine(modules, "@modelcontextprotocol", "sdk")) ? modules : null;

    public const string NoNode = "there is no node in .tools/bin or on the PATH (./test.sh installs it)";

    public const string NoSdk = "there is no MCP SDK for TypeScript in .tools/mcp-clients (./test.sh installs it)";

    /// <summary>A script of this project, copied beside it.</summary>
    public static string Script(string name) => Path.Combine(AppContext.BaseDirectory, "Scripts", name);

    private static string? FindNode()
    {
        string name = OperatingSystem.IsWindows() ? "node.exe" : "node";
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Prepend(Path.Combine(Root, ".tools", "bin"))
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
    }

    private static string Above(DirectoryInfo? folder) =>
        folder is null ? throw new DirectoryNotFoundException($"No McpWorkers.sln above {AppContext.BaseDirectory}.")
        : File.Exists(Path.Combine(folder.FullName, "McpWorkers.sln")) ? folder.FullName
        : Above(folder.Parent);
}
