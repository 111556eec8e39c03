using System.CommandLine;

namespace McpWorkers.Cli.Verbs;

/// <summary><c>mcpworkers workers logs</c>: what went on in a run, line by line, while it goes on or afterwards.</summary>
internal static class LogsCommand
{
    public static Command Build(CliEnvironment environment, CommonOptions common)
    {
        var subject = WorkerIds.One("A worker's id, for the run that goes on or its last one; or a run's id.");
        var follow = new Option<bool>("--follow", "-f")
        {
            Description = "Go on as more is written: of a worker through all its runs until it is closed, of a run until its end.",
        };
        var lines = new Option<int?>("--lines", "-n")
        {
            Description = "Only the last N entries, 0–10000. [default: all]",
            HelpName = "N",
            CustomParser = static result => WholeNumber.Parse(result, "-n", "0 to 10000", n => n is >= 0 and <= 10_000),
        };
        var raw = new Option<bool>("--raw") { Description = "Leave control characters as they are, where standard output is no terminal." };
        var json = CommonOptions.Json();
        var command = new Command("logs", "Show what a worker's run wrote: text, tool calls, errors.") { subject, follow, lines, raw, json };
        command.SetAction((parsed, cancellationToken) => Connected.RunAsync(
            environment,
            common.EngineOf(parsed),
            (client, cancellation) =>
            {
                var print = new LogPrinter(environment, parsed.GetValue(json), parsed.GetValue(raw));
                return new LogReader(client, print, environment.Time, parsed.GetRequiredValue(subject), parsed.GetValue(lines))
                    .RunAsync(parsed.GetValue(follow), cancellation);
            },
            cancellationToken));
        return command;
    }
}
