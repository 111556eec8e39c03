using System.Globalization;
using McpWorkers.Engine.Model;

namespace McpWorkers.Cli.Execute;

/// <summary>What a person can do about a run that did not complete. Pure.</summary>
internal static class Remedy
{
    /// <summary>One sentence; null where the error says it already or nothing is to be done.</summary>
    public static string? For(WorkerResult result)
    {
        string? outcome = result.Metadata["outcome"]?.ToString();
        return outcome == "agent_failed" ? ForReason(result) : outcome switch
        {
            "verification_failed" => ForFailedChecks,
            "launch_failed" => "run 'mcpworkers doctor': it says what is missing and how to install it.",
            "truncated" => "run it again; the text is what the agent had said before it ended." + RunDirectory(result),
            "wall_clock" => "give it more time with -T (up to 3600).",
            "silence" or "no_first_output" => "run it again, or raise the bound in the settings if the agent is known to be this slow." + RunDirectory(result),
            "output_limit" => "ask for less output, or raise bounds.output_bytes_max in the settings." + RunDirectory(result),
            "lost" => "run it again." + RunDirectory(result),
            _ => null,
        };
    }

    private const string ForFailedChecks = "look at the checks above; the work is kept. A further prompt to the worker can mend it.";

    private static string ForReason(WorkerResult result) => result.Metadata["reason"]?.ToString() switch
    {
        "verification_failed" => ForFailedChecks,
        "authentication" => "log the agent in or set its key; 'mcpworkers doctor' says which.",
        "model_not_found" => "name another model with --model, or leave it out for the agent's own.",
        "rate_limited" => result.Metadata["rate_limit"]?["resets_at"]?.ToString() is { } resets
            ? $"wait until {ToSecond(resets)}, or use another worker type (-t)."
            : "wait, or use another worker type (-t).",
        "service_unavailable" => "try again later, or use another worker type (-t).",
        "invalid_request" => "change the prompt or the model: the same request will be refused again.",
        "refused" => "put the task in other words.",
        "turn_limit" => "ask for less in one prompt, or raise the agent's limit of turns in its command_template.",
        "budget" => "raise the agent's budget, or ask for less.",
        "startup" => "run 'mcpworkers doctor', and look at the agent's own configuration." + RunDirectory(result),
        _ => "see the error above." + RunDirectory(result),
    };

    private static string RunDirectory(WorkerResult result) =>
        result.Metadata["run_directory"]?.ToString() is { Length: > 0 } directory ? $" What it wrote is in {directory}." : "";

    private static string ToSecond(string time) =>
        DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, out var known)
            ? known.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)
            : time;
}
