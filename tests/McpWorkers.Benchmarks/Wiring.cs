using McpWorkers.Engine.Execution;

namespace McpWorkers.Benchmarks;

/// <summary>Which of the product's parts are measured.</summary>
internal static class Wiring
{
    /// <summary>Null where this build has none; its benchmark then says that it was skipped.</summary>
    public static ILauncher? Launcher => null;
}
