using System.CommandLine;
using McpWorkers.Cli.Execute;

namespace McpWorkers.Cli.Verbs;

/// <summary><c>mcpworkers workers batch</c>: runs prompts on several workers that exist, all at once.</summary>
internal static class BatchCommand
{
    public static Command Build(CliEnvironment environment, CommonOptions common)
    {
        var ids = WorkerIds.Several("Workers that all get the one prompt.");
        var workers = new Option<string[]>("--worker", "-w") { Description = "A worker's id; with the --prompt at the same place. May be repeated.", HelpName = "ID" };
        var prompts = new Option<string[]>("--prompt", "-p") { Description = "A prompt; one for all workers, or one for each --worker. May be repeated.", HelpName = "TEXT" };
        var file = new Option<string?>("--file") { Description = "A JSON file: [{\"worker_id\": …, \"prompt\": …}, …]; '-' for standard input.", HelpName = "FILE" };
        var timeout = RunOptions.Timeout();
        var budget = new BudgetOptions("each run");
        var json = CommonOptions.Json();
        var command = new Command("batch", "Run prompts on several workers at once and print their results in the order given.")
        {
            ids, workers, prompts, file, timeout, json,
        };
        foreach (var option in budget.All)
        {
            command.Add(option);
        }

        command.SetAction(async (parsed, cancellationToken) =>
        {
            var tasks = await BatchTasks.ReadAsync(
                [.. parsed.GetValue(ids) ?? [], .. parsed.GetValue(workers) ?? []], parsed.GetValue(prompts) ?? [], parsed.GetValue(file), environment, cancellationToken);
            return await new AttachedSession(environment, tasks, new() { Timeout = TimeSpan.FromSeconds(parsed.GetValue(timeout)), Budget = budget.Of(parsed) }, parsed.GetValue(json)).BatchAsync(
                common.DebuggableOf(parsed), cancellationToken);
        });
        return command;
    }
}
