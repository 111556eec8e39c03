using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Verify;

/// <summary><c>mcpworkers verify modes</c>: a small simulated job in every workspace × launcher that this machine offers.</summary>
internal static class VerifyCommand
{
    public static Command Build(CliEnvironment environment, CommonOptions common) =>
        new("verify", "Try out what this machine can do.") { Modes(environment, common) };

    private static Command Modes(CliEnvironment environment, CommonOptions common)
    {
        var json = CommonOptions.Json();
        var command = new Command("modes", "Run a small simulated job in every workspace and by every launcher that there is here.") { json };
        command.SetAction((parsed, cancellationToken) => Connected.RunAsync(
            environment,
            common.EngineOf(parsed),
            async (client, cancellation) =>
            {
                using var ground = new TrialGround();
                var verdicts = new List<ModeVerdict>();
                foreach (var launcher in Enum.GetValues<LauncherKind>())
                {
                    foreach (var kind in Enum.GetValues<WorkspaceKind>())
                    {
                        await environment.Error.WriteLineAsync($"trying {kind.ToWire()} × {launcher.ToWire()} …");
                        verdicts.Add(await new ModeTrial(client, ground, launcher, environment.Time).RunAsync(kind, cancellation));
                    }
                }

                await (parsed.GetValue(json)
                    ? environment.Out.WriteLineAsync(new JsonArray([.. verdicts.Select(verdict => (JsonNode)verdict.ToJson())]).ToJsonString(ResultJson.Relaxed))
                    : environment.Out.WriteAsync(Table(verdicts)));
                return verdicts.All(verdict => verdict.Works || !verdict.Offered) ? ExitCodes.Success : ExitCodes.RunFailed;
            },
            cancellationToken));
        return command;
    }

    internal static string Table(IReadOnlyList<ModeVerdict> verdicts) => "WORKSPACE  LAUNCHER   RESULT         TIME  WHY\n" + string.Concat(verdicts.Select(verdict =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{verdict.Workspace.ToWire(),-9}  {verdict.Launcher.ToWire(),-9}  {verdict.Word,-11}  {verdict.Time.TotalSeconds,4:0.0} s  {TerminalText.OneLine(verdict.Why, 1000)}").TrimEnd() + "\n"));
}
