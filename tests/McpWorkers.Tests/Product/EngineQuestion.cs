using McpWorkers.Engine.Execution.Containers.Api;
using McpWorkers.Tests.Execution.Containers;
using Xunit;

namespace McpWorkers.Tests.Product;

/// <summary>What the engine itself says, when the product has said its own.</summary>
internal static class EngineQuestion
{
    /// <summary>The names of these workers' containers, running or not.</summary>
    public static async Task<IReadOnlyList<string>> ContainersOfAsync(TestEngine engine, IEnumerable<string> workerIds)
    {
        using var client = new ContainerEngine(EngineAddress.Parse(engine.Address), TimeProvider.System);
        var found = new List<string>();
        foreach (string id in workerIds)
        {
            var labels = new Dictionary<string, string> { ["io.mcpworkers.worker"] = id };
            found.AddRange((await client.ListAsync(labels, TestContext.Current.CancellationToken)).Select(container => container.Name));
        }

        return found;
    }
}
