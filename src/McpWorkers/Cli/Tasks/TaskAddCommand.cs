using System.CommandLine;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Mcp.Client;
using McpWorkers.Mcp.Workspaces;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Tasks;

/// <summary><c>mcpworkers tasks add</c>: puts a task into the queue, or many, and prints their ids.</summary>
internal static class TaskAddCommand
{
    private const int WarningMax = 500;

    public static Command Build(CliEnvironment environment, CommonOptions common)
    {
        var options = new TaskOptions(environment, common);
        var after = new Option<string[]>("--after")
        {
            Description = "Starts once this task (its id or key) is completed, and fails where that one does not complete; may be repeated.",
            HelpName = "ID",
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = false,
        };
        var at = TaskOptions.At();
        var key = new Option<string?>("--key") { Description = "Your own name for it: adding it twice is adding it once.", HelpName = "KEY" };
        var file = new Option<string?>("--file") { Description = "Many tasks, all or none: a list in YAML or JSON; '-' for standard input.", HelpName = "FILE" };
        var json = CommonOptions.Json();
        var command = new Command("add", "Put a task into the queue; prints its id. It runs as soon as there is room for it, also after a restart.");
        options.AddTo(command);
        foreach (var option in new Option[] { after, at, key, file, json })
        {
            command.Add(option);
        }

        command.SetAction(async (parsed, cancellationToken) =>
        {
            bool isOne = parsed.GetValue(file) is null;
            var tasks = isOne
                ? new JsonArray(await OneAsync(parsed, cancellationToken))
                : await ManyAsync(parsed, cancellationToken);
            return await Connected.RunAsync(
                environment,
                common.EngineOf(parsed),
                async (client, cancellation) =>
                {
                    var added = await client.Tasks.AddAsync(tasks, cancellation);
                    await environment.Out.WriteLineAsync(!parsed.GetValue(json) ? string.Join('\n', added.Select(task => TaskText.Id(task)))
                        : isOne ? added[0]!.ToJsonString(ResultJson.Relaxed)
                        : added.ToJsonString(ResultJson.Relaxed));
                    foreach (var known in added.Where(task => task?["added"] is JsonValue isNew && !(bool)isNew))
                    {
                        Connected.Say(environment, $"{TaskText.Id(known)} has the key '{TaskText.OneLine(known!["key"])}' already and is as it was: nothing was added for it.");
                    }

                    // The same for many is said once.
                    foreach (string warning in added.SelectMany(task => task?["warnings"] as JsonArray ?? []).Select(warning => $"{warning}").Distinct())
                    {
                        Connected.Say(environment, $"warning: {TerminalText.OneLine(warning, WarningMax)}");
                    }

                    return ExitCodes.Success;
                },
                cancellationToken);
        });
        return command;

        async Task<JsonObject> OneAsync(ParseResult parsed, CancellationToken cancellationToken)
        {
            var task = await options.TaskOfAsync(parsed, cancellationToken);
            SpawnForm.Add(task, "at", parsed.GetValue(at));
            SpawnForm.Add(task, "key", parsed.GetValue(key));
            if (parsed.GetValue(after) is { Length: > 0 } tasks)
            {
                task["after"] = WorkspaceForms.Texts(tasks);
            }

            return task;
        }

        Task<JsonArray> ManyAsync(ParseResult parsed, CancellationToken cancellationToken)
        {
            var given = options.Given(parsed).Concat(new Option[] { after, at, key }
                .Where(option => parsed.GetResult(option) is { Implicit: false }).Select(option => option.Name)).ToList();
            return given.Count == 0
                ? TaskFile.ReadAsync(parsed.GetValue(file)!, environment, cancellationToken)
                : throw new RefusedException(RefusalCode.InvalidArgument, $"--file is given together with {given[0]}. The file says all of each task.");
        }
    }
}
