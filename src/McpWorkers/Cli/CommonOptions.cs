using System.CommandLine;
using McpWorkers.Cli.Watch;

namespace McpWorkers.Cli;

/// <summary>Options that mean the same everywhere. One set for each command tree.</summary>
internal sealed class CommonOptions(CliEnvironment environment)
{
    public Option<string?> Config { get; } = new("--config")
    {
        Description = "Settings file or directory, read after the others; its keys win over theirs.",
        HelpName = "PATH",
        Recursive = true,
    };

    public Option<string?> DataDirectory { get; } = new("--data-dir")
    {
        Description = "Where runs are kept; made where it does not exist.",
        HelpName = "DIR",
        Recursive = true,
    };

    public Option<bool> Verbose { get; } = new("--verbose")
    {
        Description = "Print the details of an unexpected fault.",
        Recursive = true,
    };

    public Option<bool> Debug { get; } = new("--debug")
    {
        Description = "Follow what the command's workers write in a window of its own: a pane of the tmux session, else of iTerm2, else these lines here. "
            + $"The variable {DebugMode.Variable}=1 does the same.",
        Recursive = true,
    };

    public static Option<bool> Json() => new("--json") { Description = "Print JSON on standard output, and nothing else there." };

    public static Option<bool> InProcess() => new("--in-process")
    {
        Description = "Keep the workers in this process: they end with it.",
    };

    public EngineRequest EngineOf(ParseResult parsed, bool inProcess = false) =>
        new(Absolute(parsed.GetValue(Config)), Absolute(parsed.GetValue(DataDirectory)), inProcess);

    /// <summary>Of a command whose workers may be followed.</summary>
    public EngineRequest DebuggableOf(ParseResult parsed, bool inProcess = false) => EngineOf(parsed, inProcess) with
    {
        DebugClient = parsed.GetValue(Debug) || DebugMode.IsAsked(environment.Variables) ? DebugMode.ClientOf(environment.Variables) : null,
    };

    public string? Absolute(string? path) => string.IsNullOrEmpty(path) ? null : Path.GetFullPath(path, environment.WorkingDirectory);
}
