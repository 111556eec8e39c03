using System.CommandLine;
using System.Text.Json.Nodes;
using McpWorkers.Cli.Watch;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Verbs;

/// <summary><c>mcpworkers workers spawn</c>: makes workers that live on, and prints their ids.</summary>
internal static class SpawnCommand
{
    public static Command Build(CliEnvironment environment, CommonOptions common)
    {
        var options = new SpawnOptions(environment, common);
        var json = CommonOptions.Json();
        var command = new Command("spawn", "Make workers that live on until they are closed; prints their ids, one a line.");
        options.AddTo(command);
        command.Add(json);
        command.SetAction((parsed, cancellationToken) =>
        {
            var request = options.RequestOf(parsed);
            var engine = common.DebuggableOf(parsed);
            return Connected.RunAsync(
                environment,
                engine,
                async (client, cancellation) =>
                {
                    await DebugView.WindowAsync(environment, engine, client, cancellation);
                    var ids = await client.SpawnAsync(request, cancellation);
                    await environment.Out.WriteLineAsync(parsed.GetValue(json)
                        ? new JsonArray([.. ids.Select(id => (JsonNode)id)]).ToJsonString(ResultJson.Relaxed)
                        : string.Join('\n', ids));
                    return ExitCodes.Success;
                },
                cancellationToken);
        });
        return command;
    }
}
