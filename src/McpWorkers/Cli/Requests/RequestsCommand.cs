using System.CommandLine;
using System.Text.Json.Nodes;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Requests;

/// <summary><c>mcpworkers requests …</c>: what workers ask, and the answers.</summary>
internal static class RequestsCommand
{
    public static Command Build(CliEnvironment environment, CommonOptions common) =>
        new("requests", "See what workers ask, and answer it.")
        {
            RequestListCommand.Build(environment, common),
            Show(environment, common),
            RequestDecideCommands.Answer(environment, common),
            RequestDecideCommands.Allow(environment, common),
            RequestDecideCommands.Deny(environment, common),
        };

    private static Command Show(CliEnvironment environment, CommonOptions common)
    {
        var request = RequestDecideCommands.Id();
        var json = CommonOptions.Json();
        var command = new Command("show", "Show all of a request: exactly what is asked, and what became of it.") { request, json };
        command.SetAction((parsed, cancellationToken) => Connected.RunAsync(
            environment,
            common.EngineOf(parsed),
            async (client, cancellation) =>
            {
                JsonObject shown = await client.Requests.ShowAsync(parsed.GetRequiredValue(request), cancellation);
                await environment.Out.WriteAsync(parsed.GetValue(json) ? shown.ToJsonString(ResultJson.Relaxed) + "\n" : RequestText.Whole(shown));
                return ExitCodes.Success;
            },
            cancellationToken));
        return command;
    }
}
