using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.RealAgents;

/// <summary>What a test needs of this machine. Without it the test is skipped with the reason, or fails where TESTS_STRICT is 1.</summary>
internal static class Needs
{
    public static void Installed(RealAgent agent)
    {
        Node();
        if (!File.Exists(agent.Executable))
        {
            string said = Path.Combine(agent.Folder, "missing");
            Missing(File.Exists(said) ? $"{agent.Name}: {File.ReadAllText(said).Trim()}" : $"{agent.Name} is not installed in .tools/clis; ./test.sh does it.");
        }
    }

    public static void Node()
    {
        if (!File.Exists(ProductPaths.Node))
        {
            Missing("Node 22 is not in .tools/bin; ./test.sh puts it there.");
        }
    }

    public static void Missing(string reason)
    {
        if (Environment.GetEnvironmentVariable("TESTS_STRICT") == "1")
        {
            Assert.Fail(reason);
        }

        Assert.Skip(reason);
    }
}
