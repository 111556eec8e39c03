using System.CommandLine;

namespace McpWorkers.Cli;

/// <summary>The verbs for workers that live on between commands. They need a daemon that owns the workers, which does not exist yet.</summary>
internal static class DaemonCommands
{
    private const string Execute = "'mcpworkers workers execute -p \"…\"' (spawns, runs, collects and closes in one)";

    private static readonly (string Verb, string Description, string Instead)[] Verbs =
    [
        ("spawn", "Spawn workers that live on.", Execute),
        ("batch", "Run prompts on workers that live on.", "'mcpworkers workers execute -n 3 -p \"…\"', or the tool worker_execute_batch of 'mcpworkers mcp'"),
        ("list", "List the workers.", "the tool worker_list of 'mcpworkers mcp'"),
        ("monitor", "Watch the workers.", "'mcpworkers workers execute', which shows a live line for each worker, or the tool worker_monitor of 'mcpworkers mcp'"),
        ("logs", "Show what a worker wrote.", Execute),
        ("collect", "Collect results.", "'mcpworkers workers execute', which prints them, or the tool worker_collect_results of 'mcpworkers mcp'"),
        ("cancel", "Stop a worker's run.", "Ctrl-C in 'mcpworkers workers execute', or the tool worker_close of 'mcpworkers mcp'"),
        ("close", "Close a worker.", "the tool worker_close of 'mcpworkers mcp'; 'mcpworkers workers execute' closes its own workers"),
        ("close-all", "Close all workers.", "the tool worker_close_all of 'mcpworkers mcp'; 'mcpworkers workers execute' closes its own workers"),
        ("health", "Show the host's health.", "'mcpworkers doctor', or the tool worker_health of 'mcpworkers mcp'"),
    ];

    public static IEnumerable<Command> Build(CliEnvironment environment)
    {
        foreach (var (verb, description, instead) in Verbs)
        {
            var command = new Command(verb, description + " Needs the daemon, which is not there yet.")
            {
                // Whatever follows is accepted, so that the answer is this one and not a complaint about an option.
                TreatUnmatchedTokensAsErrors = false,
            };
            command.SetAction(async (_, _) =>
            {
                await environment.Error.WriteLineAsync(
                    $"mcpworkers: 'workers {verb}' needs workers that live on, which come with the daemon. Use {instead} instead.");
                return ExitCodes.Usage;
            });
            yield return command;
        }
    }
}
