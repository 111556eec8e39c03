using System.CommandLine;
using McpWorkers.Cli.Watch;
using McpWorkers.Engine.Model;

namespace McpWorkers.Cli.Verbs;

/// <summary><c>mcpworkers workers logs</c>: what went on in a run, line by line, while it goes on or afterwards.</summary>
internal static class LogsCommand
{
    public static Command Build(CliEnvironment environment, CommonOptions common)
    {
        var subject = WorkerIds.Optional("A worker's id, for the run that goes on or its last one; or a run's id.");
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
        var raw = new Option<bool>("--raw")
        {
            Description = "What the agent wrote, byte for byte, nothing masked; on a terminal control characters are shown as text.",
        };
        var text = new Option<bool>("--text") { Description = "Only what the agent said." };
        var tools = new Option<bool>("--tools") { Description = "Only tool calls and what came of them." };
        var json = CommonOptions.Json();

        // How a window of debug mode is told whose runs to follow.
        var client = new Option<string?>("--client") { Hidden = true };
        var command = new Command("logs", "Show what a worker's run wrote: text, tool calls, errors.") { subject, follow, lines, raw, text, tools, json, client };
        command.Validators.Add(result =>
        {
            if (result.GetResult(subject) is null or { Tokens.Count: 0 } && result.GetValue(client) is null)
            {
                result.AddError("Required argument missing for command: 'logs'.");
            }
        });
        command.SetAction((parsed, cancellationToken) =>
        {
            var request = common.EngineOf(parsed);
            if (parsed.GetValue(client) is { } name)
            {
                return new FollowWindow(environment, request, name).RunAsync(cancellationToken);
            }

            string id = parsed.GetRequiredValue(subject)!;
            bool asRaw = parsed.GetValue(raw);
            CheckTogether(asRaw, parsed.GetValue(text), parsed.GetValue(tools), parsed.GetValue(json), parsed.GetValue(lines));
            var kinds = parsed.GetValue(text) ? LogKinds.Text : parsed.GetValue(tools) ? LogKinds.Tools : LogKinds.All;
            return Connected.RunAsync(
                environment,
                request,
                (connection, cancellation) => new LogReader(
                        connection,
                        new LogPrinter(environment, parsed.GetValue(json), kinds),
                        environment.Time,
                        id,
                        parsed.GetValue(lines),
                        asRaw ? new RawLogReader(environment, connection) : null)
                    .RunAsync(parsed.GetValue(follow), cancellation),
                cancellationToken);
        });
        return command;
    }

    /// <exception cref="RefusedException">Some of the options say nothing together.</exception>
    private static void CheckTogether(bool raw, bool text, bool tools, bool json, int? lines)
    {
        if ((raw ? 1 : 0) + (text ? 1 : 0) + (tools ? 1 : 0) > 1)
        {
            throw Invalid("--raw, --text and --tools each choose what is shown. Name one of them.");
        }

        if (raw && (json || lines is not null))
        {
            throw Invalid($"--raw shows bytes, which {(json ? "--json" : "-n")} knows nothing of. Leave one of them out.");
        }
    }

    private static RefusedException Invalid(string message) => new(RefusalCode.InvalidArgument, message);
}
