using System.CommandLine;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Cli.Daemon;

/// <summary><c>mcpworkers daemon logs</c>: the daemon's own log, also of one that is gone.</summary>
internal static class DaemonLogsCommand
{
    private const int LinesDefault = 200;
    private const int LinesMax = 100_000;

    public static Command Build(CliEnvironment environment, CommonOptions common)
    {
        var lines = new Option<int>("--lines", "-n") { Description = $"How many lines from the end, 0 to {LinesMax}.", HelpName = "N", DefaultValueFactory = _ => LinesDefault };
        lines.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !(int.TryParse(token.Value, out int count) && count is >= 0 and <= LinesMax))
            {
                result.AddError($"--lines is '{token.Value}'; allowed is 0 to {LinesMax}.");
            }
        });
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on with what is added, until Ctrl-C." };
        var json = new Option<bool>("--json") { Description = "Print the lines as they are: JSON, one object a line." };
        var command = new Command("logs", "Print the daemon's log.") { lines, follow, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = environment.Daemon.Door(common.EngineOf(parsed) with { ConfigPath = null }, "cli");
            var tail = new LogTail(DataDirectory.PathsOf(request.DataDirectory).LogPath, environment.Time);
            Func<string, string> shown = parsed.GetValue(json) ? LogLine.Json : LogLine.Text;
            foreach (string line in tail.Last(parsed.GetValue(lines)))
            {
                await environment.Out.WriteLineAsync(shown(line));
            }

            if (parsed.GetValue(follow))
            {
                using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
                using var interrupts = environment.OnInterrupt(ending.Cancel);
                await foreach (string line in tail.FollowAsync(ending.Token))
                {
                    await environment.Out.WriteLineAsync(shown(line));
                }
            }

            return ExitCodes.Success;
        });
        return command;
    }
}
