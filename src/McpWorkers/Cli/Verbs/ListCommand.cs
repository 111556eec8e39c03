using System.CommandLine;
using McpWorkers.Mcp.Client;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Verbs;

/// <summary><c>mcpworkers workers list</c>: all workers, a line for each.</summary>
internal static class ListCommand
{
    public static Command Build(CliEnvironment environment, CommonOptions common)
    {
        var json = CommonOptions.Json();
        var command = new Command("list", "List the workers, with what each is doing.") { json };
        command.SetAction((parsed, cancellationToken) => Connected.RunAsync(
            environment,
            common.EngineOf(parsed),
            async (client, cancellation) =>
            {
                var workers = await client.ListAsync(cancellation);
                if (parsed.GetValue(json))
                {
                    await environment.Out.WriteLineAsync(workers.ToJsonString(ResultJson.Relaxed));
                }
                else if (workers.Count == 0)
                {
                    await environment.Error.WriteLineAsync("There are no workers. 'mcpworkers workers spawn' makes some.");
                }
                else
                {
                    await environment.Out.WriteAsync(WorkerTable.Of([.. workers.Select(WorkerState.Read)], environment.LineWidth));
                }

                return ExitCodes.Success;
            },
            cancellationToken));
        return command;
    }
}
