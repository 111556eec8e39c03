using System.CommandLine;

namespace McpWorkers.Cli.Tasks;

/// <summary><c>mcpworkers tasks …</c>: durable requests for work, which outlive commands, daemons and restarts.</summary>
internal static class TasksCommand
{
    public static Command Build(CliEnvironment environment, CommonOptions common) =>
        new("tasks", "Put work into the queue, and follow what becomes of it.")
        {
            TaskAddCommand.Build(environment, common),
            TaskLookCommands.List(environment, common),
            TaskLookCommands.Show(environment, common),
            TaskLogsCommand.Build(environment, common),
            TaskEditCommand.Build(environment, common),
            TaskChangeCommands.Cancel(environment, common),
            TaskChangeCommands.Retry(environment, common),
            TaskWaitCommand.Build(environment, common),
        };
}
