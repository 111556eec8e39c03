using McpWorkers.Engine.Workers;

namespace McpWorkers.Mcp;

/// <summary>The services of one MCP server: who is at its other end. The tools are shared by all servers, and learn it from here.</summary>
internal sealed class CallerServices(Caller caller) : IServiceProvider
{
    public static Caller CallerOf(IServiceProvider? services) => services?.GetService(typeof(Caller)) as Caller ?? Caller.Owner;

    public object? GetService(Type serviceType) => serviceType == typeof(Caller) ? caller : null;
}
