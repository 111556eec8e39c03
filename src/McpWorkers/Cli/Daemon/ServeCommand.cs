using System.CommandLine;
using McpWorkers.Daemon;
using McpWorkers.Daemon.Client;
using McpWorkers.Engine.Model;

namespace McpWorkers.Cli.Daemon;

/// <summary><c>mcpworkers serve</c>: the daemon in the foreground, with HTTP; for service managers and containers.</summary>
internal static class ServeCommand
{
    public static Command Build(CliEnvironment environment, CommonOptions common)
    {
        var http = new HttpOptionSet();
        var level = LogLevelCommand.Option();
        var replace = new Option<bool>("--replace") { Description = "Take over from a daemon that runs; its runs go on." };
        var command = new Command("serve", "Run the daemon in the foreground, with HTTP for remote MCP hosts and programs.")
        {
            http.Address, http.Port, http.NoTokenOnLoopback, replace, level,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var request = common.EngineOf(parsed);
            var door = environment.Daemon.Door(request with { ConfigPath = null }, "cli");
            using var succession = parsed.GetValue(replace) ? await DaemonSuccession.BeginAsync(door, restart: false, cancellationToken) : null;
            if (succession is null)
            {
                await RefuseBesideAnotherAsync(door with { MayStart = false }, cancellationToken);
            }

            var options = environment.Daemon.Options(request, new() { ConfigPath = request.ConfigPath, LogLevel = parsed.GetValue(level), Http = http.Of(parsed) }) with
            {
                IsForeground = true,
                LogEcho = environment.Error,
            };
            await DaemonProgram.RunAsync(options, report: null, Ready, cancellationToken);
            return ExitCodes.Success;

            void Ready(DaemonHost host)
            {
                // Nobody needs to be kept from starting a daemon any more: there is one.
                succession?.Dispose();
                Announce(environment.Out, host);
            }
        });
        return command;
    }

    private static async Task RefuseBesideAnotherAsync(DoorRequest request, CancellationToken cancellationToken)
    {
        try
        {
            using var door = await DaemonDoor.OpenAsync(request, cancellationToken);
            throw new RefusedException(
                RefusalCode.AlreadyOwned,
                $"A daemon runs already (pid {door.Daemon.Pid}) for '{request.DataDirectory}'. Take over from it with --replace (its runs go on), "
                + "stop it first with 'mcpworkers daemon stop', or name another directory with --data-dir.");
        }
        catch (NoDaemonException)
        {
            // As it should be.
        }
    }

    private static void Announce(TextWriter output, DaemonHost host)
    {
        output.WriteLine($"Socket  {host.Info.Socket}");
        if (host.Info.Http is { } url)
        {
            output.WriteLine($"HTTP    {url}");
            if (!host.HasTokens)
            {
                output.WriteLine("        There is no access token yet. Make one: mcpworkers token create NAME --scope operate");
            }
        }

        output.WriteLine("Ctrl-C ends the daemon; its runs go on, and the next daemon takes them over.");
    }
}
