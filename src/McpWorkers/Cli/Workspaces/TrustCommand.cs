using System.CommandLine;
using System.Text.Json.Nodes;
using McpWorkers.Cli.Daemon;
using McpWorkers.Daemon;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Workspaces;

/// <summary><c>mcpworkers trust</c>: lets the commands of a repository's <c>.mcpworkers.yaml</c> run, as they are now.</summary>
internal static class TrustCommand
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static Command Build(CliEnvironment environment, CommonOptions common)
    {
        var directory = new Argument<string>("directory") { Description = "A directory in the repository.", HelpName = "DIRECTORY" };
        var json = CommonOptions.Json();
        var command = new Command("trust", "Let the commands in a repository's .mcpworkers.yaml run in its workers' places, until the file changes.") { directory, json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string path = common.Absolute(parsed.GetValue(directory))
                ?? throw new Engine.Model.RefusedException(Engine.Model.RefusalCode.InvalidArgument, "the directory is empty. Name one in the repository, such as '.'.");
            var answer = await DaemonQuestion.AskAsync(
                environment, common.EngineOf(parsed), DaemonMethods.Trust, new() { ["directory"] = path }, Limit, cancellationToken);
            if (parsed.GetValue(json))
            {
                await environment.Out.WriteLineAsync(answer.ToJsonString(ResultJson.Relaxed));
                return ExitCodes.Success;
            }

            await environment.Out.WriteLineAsync("Trusted, as it is now:");
            foreach (var line in answer["trusted"] as JsonArray ?? [])
            {
                await environment.Out.WriteLineAsync("  " + TerminalText.Visible(line?.ToString() ?? "").Replace("\n", "\n  ", StringComparison.Ordinal));
            }

            return ExitCodes.Success;
        });
        return command;
    }
}
