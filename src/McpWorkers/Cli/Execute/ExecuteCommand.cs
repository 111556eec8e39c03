using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using McpWorkers.Engine.Model;

namespace McpWorkers.Cli.Execute;

/// <summary><c>mcpworkers workers execute</c>: spawns workers, runs one prompt on all of them at once, shows the results, closes them.</summary>
internal static class ExecuteCommand
{
    public static Command Build(CliEnvironment environment, CommonOptions common)
    {
        var prompt = new Option<string?>("--prompt", "-p") { Description = "The prompt; '-' reads it from standard input, as a pipe does.", HelpName = "TEXT" };
        var promptFile = new Option<string?>("--prompt-file") { Description = "Read the prompt from this file.", HelpName = "FILE" };
        var count = new Option<int>("--count", "-n")
        {
            Description = "How many workers, 1–50; each gets the prompt.",
            HelpName = "N",
            DefaultValueFactory = static _ => 1,
            CustomParser = static result => Whole(result, "-n", "1 to 50", n => n is >= 1 and <= 50),
        };
        var type = new Option<string?>("--type", "-t") { Description = "Worker type; see 'mcpworkers workers types'. [default: the settings' own]", HelpName = "TYPE" };
        var timeout = new Option<int>("--timeout", "-T")
        {
            Description = "Time-out of each run in seconds, 30–3600; 0 for the type's default.",
            HelpName = "SECONDS",
            DefaultValueFactory = static _ => 0,
            CustomParser = static result => Whole(result, "-T", "30 to 3600 seconds, or 0 for the type's default", s => s is 0 or >= 30 and <= 3600),
        };
        var model = new Option<string?>("--model") { Description = "Model, in the agent's own words.", HelpName = "MODEL" };
        var permission = new Option<Permission?>("--permission")
        {
            Description = "What the agent's tools may do: " + string.Join(", ", PermissionNames.All) + ". [default: the type's]",
            HelpName = "P",
            CustomParser = ParsePermission,
        };
        var directory = new Option<string?>("--cwd") { Description = "Where the agents work. [default: the current directory]", HelpName = "DIR" };
        var json = CommonOptions.Json();
        var inProcess = CommonOptions.InProcess();
        var command = new Command("execute", "Run a prompt on workers and print their results.")
        {
            prompt, count, type, timeout, model, permission, directory, promptFile, json, inProcess,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string text = await PromptSource.ReadAsync(parsed.GetValue(prompt), parsed.GetValue(promptFile), environment, cancellationToken);
            var arguments = new ExecuteArguments(
                text, parsed.GetValue(count), parsed.GetValue(type), TimeSpan.FromSeconds(parsed.GetValue(timeout)), parsed.GetValue(model),
                parsed.GetValue(permission), common.Absolute(parsed.GetValue(directory)) ?? environment.WorkingDirectory,
                parsed.GetValue(json));
            var request = common.EngineOf(parsed, parsed.GetValue(inProcess));
            return await new ExecuteSession(environment, arguments).RunAsync(request, cancellationToken);
        });
        return command;
    }

    private static int Whole(ArgumentResult result, string option, string allowed, Func<int, bool> isAllowed)
    {
        string text = result.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && isAllowed(value))
        {
            return value;
        }

        result.AddError($"{option} {text}: allowed is a whole number, {allowed}.");
        return 0;
    }

    private static Permission? ParsePermission(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (PermissionNames.TryParse(text, out var permission))
        {
            return permission;
        }

        result.AddError($"--permission {text}: allowed are {string.Join(", ", PermissionNames.All)}.");
        return null;
    }
}
