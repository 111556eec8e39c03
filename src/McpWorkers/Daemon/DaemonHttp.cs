using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers;
using McpWorkers.Http;
using McpWorkers.Mcp;

namespace McpWorkers.Daemon;

/// <summary>Opens the daemon's HTTP door, where the settings or the command line want one.</summary>
internal sealed class DaemonHttp(HttpDoor door) : IHttpDoor
{
    public string Url => door.Url;

    public string NewPageUrl(TokenScope scope) => door.NewPageUrl(scope);

    /// <param name="asked">What the command line said; null where it said nothing of HTTP.</param>
    /// <returns>Null where there is to be none.</returns>
    /// <exception cref="Engine.Model.RefusedException">The address or the certificate is no good, or the port is taken.</exception>
    public static async Task<IHttpDoor?> OpenAsync(
        WorkerManager manager, ToolCatalog tools, HttpArguments? asked, TextWriter log, CancellationToken cancellationToken)
    {
        var settings = manager.Settings.Http;
        if (asked is null && !settings.Enabled)
        {
            return null;
        }

        settings = settings with
        {
            Address = asked?.Address ?? settings.Address,
            Port = asked?.Port ?? settings.Port,
            TokenOnLoopback = settings.TokenOnLoopback && asked is not { NoTokenOnLoopback: true },
        };
        var servers = new McpServerFactory(manager, tools, log, TimeProvider.System);
        return new DaemonHttp(await HttpDoor.StartAsync(manager, servers, tools, settings, OptionsFor(log) with { Refuses = new HttpCallers(manager).RefusalOf }, log, cancellationToken));
    }

    public ValueTask DisposeAsync() => door.DisposeAsync();

    private static HttpOptions OptionsFor(TextWriter log) => log is not DaemonLog daemon ? new() : new()
    {
        Served = call =>
        {
            if (daemon.Writes(HostLogLevel.Debug))
            {
                daemon.Add(HostLogLevel.Debug, "http", FormattableString.Invariant($"{call.Method} {call.Path} {call.Status} in {call.Duration.TotalMilliseconds:0.0} ms"));
            }
        },
    };
}
