using System.CommandLine;
using System.Text.Json.Nodes;
using McpWorkers.Cli.Execute;
using McpWorkers.Cli.Verbs;
using McpWorkers.Engine.Model;
using McpWorkers.Mcp.Client;
using McpWorkers.Mcp.Workspaces;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Tasks;

/// <summary><c>mcpworkers tasks edit</c>: changes a task whose attempt has not begun.</summary>
internal static class TaskEditCommand
{
    public static Command Build(CliEnvironment environment, CommonOptions common)
    {
        var task = TaskIds.One("The task's id or key.");
        var priority = TaskOptions.Priority("high, normal or low.");
        var prompt = TaskOptions.Prompt("Another prompt; '-' reads it from standard input.");
        var promptFile = TaskOptions.PromptFile();
        var type = new Option<string?>("--type", "-t") { Description = "Another worker type.", HelpName = "TYPE" };
        var model = new Option<string?>("--model") { Description = "Another model, in the agent's own words.", HelpName = "MODEL" };
        var timeout = RunOptions.Timeout("leaves it as it is");
        var verify = WorkspaceOptions.Verify("A command for the shell, in place of the task's own; may be repeated.");
        var at = TaskOptions.At();
        var json = CommonOptions.Json();
        var command = new Command("edit", "Change a task that waits or is parked; what is not given stays.")
        {
            task, priority, prompt, promptFile, type, model, timeout, verify, at, json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var changes = new JsonObject { ["task_id"] = parsed.GetRequiredValue(task) };
            if (parsed.GetValue(prompt) is not null || parsed.GetValue(promptFile) is not null)
            {
                changes["prompt"] = await PromptSource.ReadAsync(parsed.GetValue(prompt), parsed.GetValue(promptFile), environment, cancellationToken);
            }

            SpawnForm.Add(changes, "priority", parsed.GetValue(priority));
            SpawnForm.Add(changes, "worker_type", parsed.GetValue(type));
            SpawnForm.Add(changes, "model", parsed.GetValue(model));
            SpawnForm.Add(changes, "at", parsed.GetValue(at));
            TaskOptions.AddTimeout(changes, parsed.GetValue(timeout));
            if (parsed.GetValue(verify) is { Length: > 0 } checks)
            {
                changes["verify"] = WorkspaceForms.Texts(checks);
            }

            if (changes.Count == 1)
            {
                throw new RefusedException(
                    RefusalCode.InvalidArgument, "nothing is to be changed. Give one of --priority, -p, --prompt-file, --type, --model, --timeout, --verify, --at.");
            }

            return await Connected.RunAsync(
                environment,
                common.EngineOf(parsed),
                async (client, cancellation) =>
                {
                    var edited = await client.Tasks.EditAsync(changes, cancellation);
                    await environment.Out.WriteLineAsync(parsed.GetValue(json) ? edited.ToJsonString(ResultJson.Relaxed) : TaskText.Line(edited));
                    return ExitCodes.Success;
                },
                cancellationToken);
        });
        return command;
    }
}
