using System.CommandLine;

namespace McpWorkers.Cli;

/// <summary>The options of the commands that give prompts. Each command makes its own.</summary>
internal static class RunOptions
{
    /// <param name="zero">What 0 stands for.</param>
    public static Option<int> Timeout(string zero = "for the type's default") => new("--timeout", "-T")
    {
        Description = $"Time-out of each run in seconds, 30–3600; 0 {zero}.",
        HelpName = "SECONDS",
        DefaultValueFactory = static _ => 0,
        CustomParser = result =>
            WholeNumber.Parse(result, "-T", $"30 to 3600 seconds, or 0 {zero}", seconds => seconds is 0 or >= 30 and <= 3600),
    };
}
