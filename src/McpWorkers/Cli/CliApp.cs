using System.CommandLine;
using System.CommandLine.Invocation;
using McpWorkers.Engine.Model;
using McpWorkers.Mcp.Client;
using McpWorkers.Rendering;

namespace McpWorkers.Cli;

/// <summary>The command line: parse, one call, render, exit code.</summary>
internal static class CliApp
{
    // A prompt may begin with '@': no argument is ever taken for the name of a file with more arguments.
    private static readonly ParserConfiguration Parser = new() { ResponseFileTokenReplacer = null };

    public static async Task<int> RunAsync(string[] args, CliEnvironment environment)
    {
        var common = new CommonOptions(environment);
        var parsed = CommandTree.Build(environment, common).Parse(args, Parser);
        if (parsed.Action is ParseErrorAction)
        {
            return await RefuseAsync(parsed, environment);
        }

        var invocation = new InvocationConfiguration
        {
            Output = environment.Out,
            Error = environment.Error,
            EnableDefaultExceptionHandler = false,
            // The commands that run something stop it themselves, in order.
            ProcessTerminationTimeout = null,
        };
        try
        {
            return await parsed.InvokeAsync(invocation);
        }
        catch (RefusedException refused)
        {
            await environment.Error.WriteLineAsync("mcpworkers: " + TerminalText.Visible(refused.Message));
            return ExitCodes.Usage;
        }
        catch (UnansweredException unanswered)
        {
            await environment.Error.WriteLineAsync("mcpworkers: " + TerminalText.Visible(unanswered.Message));
            return ExitCodes.RunFailed;
        }
#pragma warning disable CA1031 // The outermost edge: a person gets a line to report, not a stack trace.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            await environment.Error.WriteLineAsync(
                $"mcpworkers: this is a bug, please report it: {fault.GetType().Name}: {TerminalText.OneLine(fault.Message, 1000)}");
            if (parsed.GetValue(common.Verbose))
            {
                await environment.Error.WriteLineAsync(fault.ToString());
            }

            return ExitCodes.RunFailed;
        }
    }

    private static async Task<int> RefuseAsync(ParseResult parsed, CliEnvironment environment)
    {
        var messages = parsed.CommandResult.Command.Subcommands.Any(command => !command.Hidden)
            ? [CommandMissing(parsed)]
            : parsed.Errors.Select(error => error.Message).Distinct();
        foreach (string message in messages)
        {
            await environment.Error.WriteLineAsync("mcpworkers: " + TerminalText.OneLine(message, 1000));
        }

        string command = string.Join(' ', CommandTree.PathTo(parsed.CommandResult.Command));
        await environment.Error.WriteLineAsync($"Usage and examples: {command} --help");
        return ExitCodes.Usage;
    }

    private static string CommandMissing(ParseResult parsed)
    {
        string known = "Commands: " + string.Join(", ", parsed.CommandResult.Command.Subcommands.Select(command => command.Name)) + ".";
        return parsed.UnmatchedTokens is [var first, ..] ? $"'{first}' is no command here. {known}" : $"a command is missing. {known}";
    }
}
