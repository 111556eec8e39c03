using System.CommandLine;
using System.Text.Json.Nodes;
using McpWorkers.Daemon;
using McpWorkers.Daemon.Client;
using McpWorkers.Engine.Storage;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Daemon;

/// <summary><c>mcpworkers daemon …</c>: the host of all workers, as a process.</summary>
internal static class DaemonCommand
{
    /// <summary>For a daemon that was asked to leave to be gone.</summary>
    private static readonly TimeSpan LeaveLimit = TimeSpan.FromSeconds(30);

    /// <summary>Forced stops take the grace of each run; draining takes as long as the runs.</summary>
    private static readonly TimeSpan ForceLimit = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan DrainLimit = TimeSpan.FromDays(1);

    public static Command Build(CliEnvironment environment, CommonOptions common) =>
        new("daemon", "The background process that owns the workers: its state, start and end.")
        {
            Status(environment, common),
            Start(environment, common),
            Stop(environment, common),
            Restart(environment, common),
            DaemonLogsCommand.Build(environment, common),
            LogLevelCommand.Build(environment, common),
            RunCommand.Build(environment, common),
        };

    private static Command Status(CliEnvironment environment, CommonOptions common)
    {
        var json = CommonOptions.Json();
        var command = new Command("status", "Say whether the daemon runs, and how it is. Exit code 3: it does not run.") { json };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            // Whatever its settings, it is only looked at.
            var request = environment.Daemon.Door(common.EngineOf(parsed) with { ConfigPath = null }, "cli") with { MayStart = false };
            JsonObject status;
            try
            {
                using var door = await DaemonDoor.OpenAsync(request, cancellationToken);
                status = await new DaemonControl(door, request.Time).StatusAsync(cancellationToken);
            }
            catch (NoDaemonException none)
            {
                await (parsed.GetValue(json)
                    ? environment.Out.WriteLineAsync(new JsonObject { ["running"] = false, ["data_dir"] = request.DataDirectory }.ToJsonString(ResultJson.RelaxedIndented))
                    : environment.Out.WriteLineAsync(TerminalText.Visible(none.Message) + " The first command that needs it starts it, or: mcpworkers daemon start"));
                return ExitCodes.NotRunning;
            }

            status.Insert(0, "running", true);
            await (parsed.GetValue(json)
                ? environment.Out.WriteLineAsync(status.ToJsonString(ResultJson.RelaxedIndented))
                : environment.Out.WriteAsync(DaemonText.Of(status)));
            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Start(CliEnvironment environment, CommonOptions common)
    {
        var level = LogLevelCommand.Option();
        var command = new Command("start", "Start the daemon in the background. Other commands do so by themselves.") { level };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = environment.Daemon.Door(common.EngineOf(parsed), "cli");
            if (parsed.GetValue(level) is { } wanted)
            {
                var known = DaemonInfo.Read(DataDirectory.PathsOf(request.DataDirectory))?.Arguments ?? DaemonArguments.None;
                request = request with { Arguments = known with { LogLevel = wanted } };
            }

            using var door = await DaemonDoor.OpenAsync(request, cancellationToken);
            if (!door.Started && parsed.GetValue(level) is { } changed)
            {
                await new DaemonControl(door, request.Time).AskAsync(LogMethods.Level, new() { ["level"] = changed }, LeaveLimit, cancellationToken);
            }

            await environment.Out.WriteLineAsync(door.Started ? $"The daemon was started (pid {door.Daemon.Pid})." : $"The daemon runs already (pid {door.Daemon.Pid}).");
            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Stop(CliEnvironment environment, CommonOptions common)
    {
        var drain = new Option<bool>("--drain") { Description = "Wait for the runs that go on, then stop." };
        var force = new Option<bool>("--force") { Description = "Stop the runs that go on too." };
        var command = new Command("stop", "Stop the daemon. Refused while runs go on, unless told what to do about them.") { drain, force };
        command.Validators.Add(result =>
        {
            if (result.GetValue(drain) && result.GetValue(force))
            {
                result.AddError("--drain and --force exclude each other: wait for the runs, or stop them.");
            }
        });
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = environment.Daemon.Door(common.EngineOf(parsed) with { ConfigPath = null }, "cli") with { MayStart = false };
            string mode = parsed.GetValue(drain) ? "drain" : parsed.GetValue(force) ? "force" : "refuse";
            var limit = mode switch { "drain" => DrainLimit, "force" => ForceLimit, _ => LeaveLimit };
            try
            {
                using var door = await DaemonDoor.OpenAsync(request, cancellationToken);
                var answer = await new DaemonControl(door, request.Time).StopAsync(mode, limit, cancellationToken);
                await DaemonDeparture.WaitAsync(request, door.Daemon.Pid, LeaveLimit, cancellationToken);
                int runs = (int?)answer["runs_stopped"] ?? 0;
                await environment.Out.WriteLineAsync($"The daemon (pid {door.Daemon.Pid}) has stopped{(runs == 0 ? "" : $", and {runs} run{(runs == 1 ? "" : "s")} with it")}.");
            }
            catch (NoDaemonException none)
            {
                await environment.Out.WriteLineAsync(TerminalText.Visible(none.Message));
            }

            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Restart(CliEnvironment environment, CommonOptions common)
    {
        var command = new Command("restart", "Have a new daemon take over; runs go on. Settings are read anew.");
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = environment.Daemon.Door(common.EngineOf(parsed), "cli");
            using var succession = await DaemonSuccession.BeginAsync(request, restart: true, cancellationToken);
            using var fresh = await succession.StartAsync(cancellationToken);
            await environment.Out.WriteLineAsync($"The daemon runs anew (pid {fresh.Daemon.Pid}).");
            return ExitCodes.Success;
        });
        return command;
    }
}
