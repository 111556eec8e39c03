using System.CommandLine;
using McpWorkers.Daemon;
using McpWorkers.Engine.Model;

namespace McpWorkers.Cli.Daemon;

/// <summary><c>mcpworkers daemon log-level</c>: how much the log of a running daemon holds.</summary>
internal static class LogLevelCommand
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    public static Command Build(CliEnvironment environment, CommonOptions common)
    {
        var level = new Argument<string?>("LEVEL") { Description = string.Join(", ", LogLevelNames.All) + "; left out: say which it is.", Arity = ArgumentArity.ZeroOrOne };
        level.AcceptOnlyFromAmong([.. LogLevelNames.All]);
        var command = new Command("log-level", "Say or change how much the running daemon's log holds, until it ends.") { level };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var answer = await DaemonQuestion.AskAsync(
                environment, common.EngineOf(parsed), LogMethods.Level, new() { ["level"] = parsed.GetValue(level) }, Limit, cancellationToken);
            await environment.Out.WriteLineAsync((string?)answer["level"]);
            return ExitCodes.Success;
        });
        return command;
    }

    /// <summary>For commands that start a daemon.</summary>
    public static Option<string?> Option()
    {
        var option = new Option<string?>("--log-level") { Description = "How much the log holds (setting log_level).", HelpName = string.Join('|', LogLevelNames.All) };
        option.AcceptOnlyFromAmong([.. LogLevelNames.All]);
        return option;
    }
}
