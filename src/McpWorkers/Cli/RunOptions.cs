using System.CommandLine;

namespace McpWorkers.Cli;

/// <summary>The options of the commands that give prompts. Each command makes its own.</summary>
internal static class RunOptions
{
    /// <summary>0 stands for the type's default.</summary>
    public static Option<int> Timeout() => new("--timeout", "-T")
    {
        Description = "Time-out of each run in seconds, 30–3600; 0 for the type's default.",
        HelpName = "SECONDS",
        DefaultValueFactory = static _ => 0,
        CustomParser = static result =>
            WholeNumber.Parse(result, "-T", "30 to 3600 seconds, or 0 for the type's default", seconds => seconds is 0 or >= 30 and <= 3600),
    };
}
