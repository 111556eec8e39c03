using McpWorkers.Engine.Model;
using McpWorkers.Mcp.Client;
using McpWorkers.Rendering;

namespace McpWorkers.Cli;

/// <summary>Runs a command over a connection to the workers. Ctrl-C ends the command and leaves the workers as they are.</summary>
internal static class Connected
{
    /// <param name="afterInterrupt">What to say when Ctrl-C ended it; null for nothing.</param>
    /// <returns>The command's exit code; 130 after an interruption.</returns>
    /// <exception cref="RefusedException">The request was refused.</exception>
    /// <exception cref="UnansweredException">Nobody answered.</exception>
    public static async Task<int> RunAsync(
        CliEnvironment environment, EngineRequest request, Func<WorkerClient, CancellationToken, Task<int>> command,
        CancellationToken cancellationToken, string? afterInterrupt = null)
    {
        using var interrupted = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var signals = environment.OnInterrupt(interrupted.Cancel);
        await using var client = new WorkerClient(environment.Door(request), environment.Time) { Tell = message => Say(environment, message) };
        try
        {
            return await command(client, interrupted.Token);
        }
        catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
        {
            if (afterInterrupt is not null)
            {
                await environment.Error.WriteLineAsync(afterInterrupt);
            }

            return ExitCodes.Interrupted;
        }
    }

    public static void Say(CliEnvironment environment, string message) =>
        environment.Error.WriteLine("mcpworkers: " + TerminalText.OneLine(message, 1000));
}
