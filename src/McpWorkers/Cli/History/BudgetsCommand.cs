using System.CommandLine;
using McpWorkers.Cli.Daemon;
using McpWorkers.Daemon;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.History;

/// <summary><c>mcpworkers budgets</c>: what was spent today, and what bounds it.</summary>
internal static class BudgetsCommand
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static Command Build(CliEnvironment environment, CommonOptions common)
    {
        var json = CommonOptions.Json();
        var command = new Command("budgets", "Show what was spent today, in all and by pool (worker type and credential), and how much may be. A cost with ~ is partly an estimate.")
        {
            json,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var today = await DaemonQuestion.AskAsync(environment, common.EngineOf(parsed), HistoryMethods.Budgets, [], Limit, cancellationToken);
            await (parsed.GetValue(json)
                ? environment.Out.WriteLineAsync(today.ToJsonString(ResultJson.Relaxed))
                : environment.Out.WriteAsync(HistoryText.Budgets(today)));
            return ExitCodes.Success;
        });
        return command;
    }
}
