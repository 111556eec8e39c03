using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.RealAgents;

/// <summary>What a test needs of this machine. Without it the test is skipped with the reason, or fails where TESTS_STRICT is 1.</summary>
internal static class Needs
{
    public static void Installed(RealAgent agent)
    {
        Node();
        if (WhyMissing(agent) is { } reason)
        {
            Missing(reason);
        }
    }

    /// <summary>Those of all agents that are installed; at least one, and all where TESTS_STRICT is 1.</summary>
    public static IReadOnlyList<RealAgent> InstalledAgents()
    {
        var agents = RealAgent.Names.Select(RealAgent.Of).ToList();
        var installed = agents.Where(agent => WhyMissing(agent) is null).ToList();
        if (IsStrict || installed.Count == 0)
        {
            agents.ForEach(Installed);
        }

        Node();
        return installed;
    }

    public static void Node()
    {
        if (!File.Exists(ProductPaths.Node))
        {
            Missing("Node 22 is not in .tools/bin; ./test.sh puts it there.");
        }
    }

    /// <summary>Why this agent cannot be given MCP servers where the tests' files are; null where it can.</summary>
    public static string? WhyNoServers(RealAgent agent, string directory) => agent.Name == "gemini" && OpenToOthers(directory) is { } open
        ? $"gemini takes no MCP servers from below {open}, to which others may write. Run the tests with a HOME elsewhere."
        : null;

    private static string? OpenToOthers(string directory)
    {
        const UnixFileMode Writable = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
        for (string? at = directory; at is not null && !OperatingSystem.IsWindows(); at = Path.GetDirectoryName(at))
        {
            if ((File.GetUnixFileMode(at) & Writable) != 0)
            {
                return at;
            }
        }

        return null;
    }

    public static void Missing(string reason)
    {
        if (IsStrict)
        {
            Assert.Fail(reason);
        }

        Assert.Skip(reason);
    }

    private static bool IsStrict => Environment.GetEnvironmentVariable("TESTS_STRICT") == "1";

    private static string? WhyMissing(RealAgent agent)
    {
        string said = Path.Combine(agent.Folder, "missing");
        return File.Exists(agent.Executable) ? null
            : File.Exists(said) ? $"{agent.Name}: {File.ReadAllText(said).Trim()}"
            : $"{agent.Name} is not installed in .tools/clis; ./test.sh does it.";
    }
}
