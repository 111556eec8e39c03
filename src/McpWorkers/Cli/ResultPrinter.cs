using System.Text.Json.Nodes;
using McpWorkers.Cli.Execute;
using McpWorkers.Engine.Model;
using McpWorkers.Rendering;

namespace McpWorkers.Cli;

/// <summary>Results on standard output: the tools' own JSON, or text for a person.</summary>
internal static class ResultPrinter
{
    /// <summary>Reads results that a tool gave.</summary>
    public static IReadOnlyList<WorkerResult> Read(IEnumerable<JsonNode?> results) => [.. results.Select(result => ResultJson.Read(result!.AsObject()))];

    /// <summary>False where standard output does not take them: the work is done all the same, and lies in the run directories.</summary>
    /// <param name="json">What <c>--json</c> prints; null for text.</param>
    public static async Task<bool> TryPrintAsync(CliEnvironment environment, IReadOnlyList<WorkerResult> results, JsonNode? json)
    {
        try
        {
            if (json is not null)
            {
                await environment.Out.WriteLineAsync(json.ToJsonString(ResultJson.Relaxed));
                return true;
            }

            foreach (var result in results)
            {
                bool simulated = result.Metadata["simulated"] is JsonValue value && value.GetValue<bool>();
                await environment.Out.WriteAsync(ResultText.Of(result, simulated, environment.OutIsTerminal && environment.Colours));
            }

            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await environment.Error.WriteLineAsync($"mcpworkers: the results could not be written to standard output: {TerminalText.OneLine(e.Message, 1000)}");
            foreach (var result in results.Where(result => result.Metadata["run_directory"] is not null))
            {
                await environment.Error.WriteLineAsync($"The result of {result.WorkerId} is in {TerminalText.OneLine(result.Metadata["run_directory"]!.ToString(), 1000)}.");
            }

            return false;
        }
    }

    /// <summary>The exit code of a command that has these results; printing them is part of its work.</summary>
    public static int ExitCodeOf(IReadOnlyList<WorkerResult> results, bool printed, bool interrupted = false)
    {
        int code = ExitCodes.Of(results.Select(result => result.Status), interrupted);
        return printed || code != ExitCodes.Success ? code : ExitCodes.RunFailed;
    }
}
