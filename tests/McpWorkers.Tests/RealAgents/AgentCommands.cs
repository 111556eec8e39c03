using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.RealAgents;

/// <summary>Prompts to real AI CLIs by the product's command line: a model server, and for each agent a home with a daemon in it.</summary>
public sealed class AgentCommands : IAsyncLifetime
{
    private readonly ModelServer _server = new();
    private readonly Dictionary<string, ProductHome> _homes = [];

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var home in _homes.Values)
        {
            home.Dispose();
        }

        await _server.DisposeAsync();
    }

    /// <summary>A command as a process of its own.</summary>
    internal static ProductCommand Start(ProductHome home, string workerType, string prompt, int timeoutSeconds) =>
        ProductCommand.Start(home, Arguments(workerType, prompt, timeoutSeconds));

    /// <summary>A prompt to the daemon of the agent's home.</summary>
    internal async Task<CommandEnd> ExecuteAsync(string name, string prompt, int timeoutSeconds = 90, bool withEcho = false)
    {
        var agent = RealAgent.Of(name);
        var home = HomeOf(agent);
        if (withEcho && Needs.WhyNoServers(agent, home.Root) is { } reason)
        {
            Assert.Skip(reason);
        }

        return await ProductInside.RunAsync(
            home, TimeSpan.FromSeconds(timeoutSeconds + 60), Arguments(withEcho ? agent.WorkerTypeWithEcho : agent.WorkerType, prompt, timeoutSeconds));
    }

    /// <summary>A home for one test alone.</summary>
    internal ProductHome NewHome(RealAgent agent)
    {
        Needs.Installed(agent);
        var home = new ProductHome();
        home.WriteWorkerTypes([.. agent.Types(home, _server.Url)]);
        return home;
    }

    private static string[] Arguments(string workerType, string prompt, int timeoutSeconds) =>
        ["workers", "execute", "-t", workerType, "-p", prompt, "-T", $"{timeoutSeconds}", "--json"];

    private ProductHome HomeOf(RealAgent agent)
    {
        lock (_homes)
        {
            if (!_homes.TryGetValue(agent.Name, out var home))
            {
                home = NewHome(agent);
                _homes.Add(agent.Name, home);
            }

            return home;
        }
    }
}
