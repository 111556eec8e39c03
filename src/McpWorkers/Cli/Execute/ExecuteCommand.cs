using System.CommandLine;
using McpWorkers.Cli.Verbs;
using McpWorkers.Engine.Model;

namespace McpWorkers.Cli.Execute;

/// <summary>
/// <c>mcpworkers workers execute</c>: spawns workers, runs one prompt on all of them at once, shows the results, closes them; or, with a
/// worker's id, runs the prompt on that worker.
/// </summary>
internal static class ExecuteCommand
{
    public static Command Build(CliEnvironment environment, CommonOptions common)
    {
        var worker = WorkerIds.Optional("A worker that exists. Without: workers are spawned for this prompt and closed after it.");
        var prompt = new Option<string?>("--prompt", "-p") { Description = "The prompt; '-' reads it from standard input, as a pipe does.", HelpName = "TEXT" };
        var promptFile = new Option<string?>("--prompt-file") { Description = "Read the prompt from this file.", HelpName = "FILE" };
        var spawn = new SpawnOptions(environment, common);
        var timeout = RunOptions.Timeout();
        var noWait = new Option<bool>("--no-wait") { Description = "With ID: print the run's id and return; 'workers collect ID' fetches the result." };
        var json = CommonOptions.Json();
        var inProcess = CommonOptions.InProcess();
        var command = new Command("execute", "Run a prompt on workers and print their results.") { worker, prompt, promptFile };
        spawn.AddTo(command);
        command.Add(timeout);
        command.Add(noWait);
        command.Add(json);
        command.Add(inProcess);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string? id = parsed.GetValue(worker);
            bool alone = parsed.GetValue(inProcess);
            CheckTogether(id, parsed.GetValue(noWait), alone, spawn.Given(parsed));
            string text = await PromptSource.ReadAsync(parsed.GetValue(prompt), parsed.GetValue(promptFile), environment, cancellationToken);
            var limit = TimeSpan.FromSeconds(parsed.GetValue(timeout));
            var request = common.DebuggableOf(parsed, alone);
            if (id is null)
            {
                return await new ExecuteSession(environment, new(text, spawn.RequestOf(parsed), limit, parsed.GetValue(json))).RunAsync(request, cancellationToken);
            }

            var session = new AttachedSession(environment, [new(id, text)], new() { Timeout = limit, Budget = spawn.BudgetOf(parsed) }, parsed.GetValue(json));
            return await (parsed.GetValue(noWait) ? session.SubmitAsync(request, cancellationToken) : session.ExecuteAsync(request, cancellationToken));
        });
        return command;
    }

    /// <exception cref="RefusedException">Some of the options say nothing together.</exception>
    private static void CheckTogether(string? id, bool noWait, bool inProcess, IEnumerable<string> spawnOptions)
    {
        if (id is null && noWait)
        {
            throw Invalid("--no-wait needs the id of a worker that lives on: 'mcpworkers workers spawn' makes one.");
        }

        if (id is not null && inProcess)
        {
            throw Invalid($"--in-process has no worker '{id}': its workers live and end with the command. Leave one of them out.");
        }

        if (id is not null && spawnOptions.FirstOrDefault() is { } given)
        {
            throw Invalid($"{given} is for workers that are spawned, and '{id}' exists already. Leave one of them out.");
        }
    }

    private static RefusedException Invalid(string message) => new(RefusalCode.InvalidArgument, message);
}
