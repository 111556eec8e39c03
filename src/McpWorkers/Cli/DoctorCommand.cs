using System.CommandLine;
using System.Text;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers;
using McpWorkers.Engine.Workers.Doctor;
using McpWorkers.Rendering;

namespace McpWorkers.Cli;

/// <summary><c>mcpworkers doctor</c>: what is installed, what is missing, and the command that mends it.</summary>
internal static class DoctorCommand
{
    public static Command Build(CliEnvironment environment, CommonOptions common)
    {
        var json = CommonOptions.Json();
        var repair = new Option<bool>("--repair")
        {
            Description = "Make the store of workers and runs anew out of the run directories; the damaged one is kept aside. The daemon must not run.",
        };
        var command = new Command("doctor", "Say which agents are installed and what is missing. Exit code 0 when the default type can run.") { json, repair };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(repair))
            {
                await RepairAsync(environment, common.EngineOf(parsed));
            }

            var report = await environment.Doctor(common.EngineOf(parsed), cancellationToken);
            await environment.Out.WriteAsync(
                parsed.GetValue(json) ? report.ToJson().ToJsonString(ResultJson.RelaxedIndented) + "\n" : Text(report));
            return report.ExitCode;
        });
        return command;
    }

    private static async Task RepairAsync(CliEnvironment environment, EngineRequest request)
    {
        try
        {
            await environment.Error.WriteLineAsync(Text(await environment.Repair(request)));
        }
        catch (RefusedException refused) when (refused.Code == RefusalCode.AlreadyOwned)
        {
            throw new RefusedException(
                RefusalCode.AlreadyOwned,
                "The daemon holds the store. End it with 'mcpworkers daemon stop' (with --drain it waits for runs that go on), and repair then.");
        }
    }

    internal static string Text(StoreRebuilt made) =>
        $"The store was made anew: {made.Workers} {(made.Workers == 1 ? "worker" : "workers")}, "
        + $"{made.Settled} settled {(made.Settled == 1 ? "run" : "runs")}, {made.Unsettled} that the daemon takes up; "
        + $"{made.Tasks} {(made.Tasks == 1 ? "task" : "tasks")}, {made.Schedules} {(made.Schedules == 1 ? "schedule" : "schedules")}. "
        + "Prompts that were accepted and not launched yet were in the old one alone."
        + (made.Lost.Count == 0 ? "" : $" Lost, since it could not be read: {string.Join("; ", made.Lost)}.");

    internal static string Text(DoctorReport report)
    {
        var text = new StringBuilder();
        foreach (var check in report.Checks)
        {
            Line(text, Mark(check.Status), $"{check.Name}: {check.Message}");
            Remedy(text, check.Remedy);
        }

        text.Append("\nAgents\n");
        foreach (var agent in report.Agents)
        {
            Append(text, agent);
        }

        text.Append("\nWorker types\n");
        foreach (var type in report.Types)
        {
            string mark = type.Name == report.ResolvedDefaultType ? " (default)" : "";
            Line(text, type.Missing is null ? "ok  " : "none", type.Name + mark + (type.Missing is null ? "" : ": " + type.Missing));
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, AgentReport agent)
    {
        if (!agent.Installed)
        {
            Line(text, "none", $"{agent.Agent}: '{agent.Program}' is not installed");
            Remedy(text, agent.Install.Length > 0 ? agent.Install : null);
            return;
        }

        List<string> facts = [agent.Path ?? agent.Program];
        if (agent.IsKnown)
        {
            facts.Insert(0, agent.Version is { } known ? $"{known}{(agent.VersionProved ? "" : " (not a proved version)")}" : "version unknown");
            facts.Add(agent.Credential is { } found ? $"login or key found: {found}" : "no login or key found");
        }

        Line(text, agent.Warnings.Count + agent.MissingFlags.Count == 0 ? "ok  " : "warn", $"{agent.Agent}: {string.Join(", ", facts)}");
        if (agent.MissingFlags.Count > 0)
        {
            Line(text, "    ", "  its help does not show: " + string.Join(' ', agent.MissingFlags));
        }

        foreach (string warning in agent.Warnings)
        {
            Line(text, "    ", "  " + warning);
        }
    }

    private static void Line(StringBuilder text, string mark, string content) =>
        text.Append(mark).Append("  ").Append(TerminalText.Visible(content.ReplaceLineEndings(" "))).Append('\n');

    private static void Remedy(StringBuilder text, string? remedy)
    {
        if (remedy is not null)
        {
            Line(text, "    ", "  -> " + remedy);
        }
    }

    private static string Mark(CheckStatus status) => status switch
    {
        CheckStatus.Ok => "ok  ",
        CheckStatus.Warning => "warn",
        CheckStatus.Failed => "FAIL",
        _ => throw new ArgumentOutOfRangeException(nameof(status), status, null),
    };
}
