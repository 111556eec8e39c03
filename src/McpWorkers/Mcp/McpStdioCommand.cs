using McpWorkers.Engine.Workers;

namespace McpWorkers.Mcp;

/// <summary><c>mcpworkers mcp</c>: standard output belongs to the protocol, all else goes to standard error.</summary>
internal static class McpStdioCommand
{
    /// <param name="toolSets">Null for those of the settings.</param>
    public static async Task<int> RunAsync(WorkerManager manager, IReadOnlyList<string>? toolSets, CancellationToken cancellationToken)
    {
        using var input = Console.OpenStandardInput();
        await using var output = Console.OpenStandardOutput();
        await StdioHost.RunAsync(manager, toolSets, input, output, Console.Error, StdioGrace.Default, TimeProvider.System, cancellationToken);
        return 0;
    }
}
