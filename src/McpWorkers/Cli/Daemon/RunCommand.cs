using System.CommandLine;
using McpWorkers.Daemon;
using McpWorkers.Engine.Model;

namespace McpWorkers.Cli.Daemon;

/// <summary><c>mcpworkers daemon run</c>, which is started in the background by the first command that needs a daemon.</summary>
internal static class RunCommand
{
    public static Command Build(CliEnvironment environment, CommonOptions common)
    {
        var report = new Option<string?>("--report") { Description = "File that says why it could not start.", HelpName = "PATH" };
        var http = new HttpOptionSet();
        var asked = new Option<bool>("--http") { Description = "Serve HTTP." };
        var level = LogLevelCommand.Option();
        var command = new Command("run", "Be the daemon.") { report, level, asked, http.Address, http.Port, http.NoTokenOnLoopback };
        command.Hidden = true;
        command.SetAction(async (parsed, cancellationToken) =>
        {
            DaemonHeap.Forget();
            var request = common.EngineOf(parsed);
            string? reportPath = common.Absolute(parsed.GetValue(report));
            try
            {
                var arguments = new DaemonArguments { ConfigPath = request.ConfigPath, LogLevel = parsed.GetValue(level), Http = parsed.GetValue(asked) ? http.Of(parsed) : null };
                await DaemonProgram.RunAsync(environment.Daemon.Options(request, arguments), reportPath, _ => { }, cancellationToken);
                return ExitCodes.Success;
            }
            catch (RefusedException refused) when (reportPath is not null)
            {
                // Also what was refused before the daemon was begun, such as wrong settings.
                StartReport.Write(reportPath, refused.Message);
                throw;
            }
        });
        return command;
    }
}

/// <summary>The options of HTTP, which more than one command has.</summary>
internal sealed class HttpOptionSet
{
    private const int PortMax = 65535;

    public HttpOptionSet() => Port.Validators.Add(result =>
    {
        if (result.Tokens is [var token] && !(int.TryParse(token.Value, out int port) && port is >= 0 and <= PortMax))
        {
            result.AddError($"--port is '{token.Value}'; allowed is 0 to {PortMax}.");
        }
    });

    public Option<string?> Address { get; } = new("--address") { Description = "IP address to listen at, or localhost; loopback where left out.", HelpName = "ADDRESS" };

    public Option<int?> Port { get; } = new("--port") { Description = "Port to listen at; 0 for any free one.", HelpName = "PORT" };

    public Option<bool> NoTokenOnLoopback { get; } = new("--no-token-on-loopback")
    {
        Description = "Let programs on this machine in without a token, whoever's they are. For old clients only.",
    };

    public HttpArguments Of(ParseResult parsed) => new(parsed.GetValue(Address), parsed.GetValue(Port), parsed.GetValue(NoTokenOnLoopback));
}
