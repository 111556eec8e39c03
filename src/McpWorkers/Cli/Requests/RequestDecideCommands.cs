using System.CommandLine;
using McpWorkers.Engine.Model;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Requests;

/// <summary><c>mcpworkers requests answer</c>, <c>allow</c> and <c>deny</c>. A request is decided once.</summary>
internal static class RequestDecideCommands
{
    public static Argument<string> Id() => WorkerIds.Checked(new Argument<string>("request") { Description = "The request's id.", HelpName = "ID" });

    public static Command Answer(CliEnvironment environment, CommonOptions common)
    {
        var text = new Argument<string>("text") { Description = "The answer; - reads it from standard input.", HelpName = "TEXT" };
        return Build(
            "answer", "Answer a question.", [text], environment, common,
            async (parsed, cancellation) => (null, parsed.GetRequiredValue(text) is "-" ? await environment.In.ReadToEndAsync(cancellation) : parsed.GetRequiredValue(text)));
    }

    public static Command Allow(CliEnvironment environment, CommonOptions common)
    {
        var note = new Option<string?>("--note") { Description = "A word to the agent.", HelpName = "TEXT" };
        return Build(
            "allow", "Allow what is asked: a tool call, more budget, the begin of a task.", [note], environment, common,
            (parsed, _) => Task.FromResult<(string?, string?)>(("allow", parsed.GetValue(note))));
    }

    public static Command Deny(CliEnvironment environment, CommonOptions common)
    {
        var why = new Option<string?>("--why") { Description = "Why, for the agent.", HelpName = "TEXT" };
        return Build(
            "deny", "Deny what is asked; of a question, refuse an answer.", [why], environment, common,
            (parsed, _) => Task.FromResult<(string?, string?)>(("deny", parsed.GetValue(why))));
    }

    private static Command Build(
        string name, string description, Symbol[] own, CliEnvironment environment, CommonOptions common,
        Func<ParseResult, CancellationToken, Task<(string? Decision, string? Answer)>> read)
    {
        var request = Id();
        var digest = new Option<string?>("--digest") { Description = "Refuse where it asks for something else than what this stands for.", HelpName = "HEX" };
        var json = CommonOptions.Json();
        var command = new Command(name, description) { request };
        foreach (var symbol in own)
        {
            if (symbol is Argument argument)
            {
                command.Add(argument);
            }
            else
            {
                command.Add((Option)symbol);
            }
        }

        command.Add(digest);
        command.Add(json);
        command.SetAction((parsed, cancellationToken) => Connected.RunAsync(
            environment,
            common.EngineOf(parsed),
            async (client, cancellation) =>
            {
                var (decision, answer) = await read(parsed, cancellation);
                if (decision is null && string.IsNullOrWhiteSpace(answer))
                {
                    throw new RefusedException(RefusalCode.InvalidArgument, "The answer is empty. 'mcpworkers requests deny' refuses one.");
                }

                var decided = await client.Requests.AnswerAsync(parsed.GetRequiredValue(request), decision, answer, parsed.GetValue(digest), cancellation);
                await environment.Out.WriteLineAsync(parsed.GetValue(json) ? decided.ToJsonString(ResultJson.Relaxed) : RequestText.Line(decided));
                return ExitCodes.Success;
            },
            cancellationToken));
        return command;
    }
}
