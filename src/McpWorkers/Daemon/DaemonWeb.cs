using System.Globalization;
using System.Text;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers;
using McpWorkers.Mcp;

namespace McpWorkers.Daemon;

/// <summary>The daemon's HTTP door, which may be opened later than the daemon, when somebody wants to see the page.</summary>
internal sealed class DaemonWeb(DaemonOptions options, DataDirectory directory, WorkerManager manager, ToolCatalog tools, TextWriter log) : IAsyncDisposable
{
    private readonly SemaphoreSlim _opening = new(1);
    private volatile IHttpDoor? _door;
    private bool _closed;

    /// <summary>Null where it is not open.</summary>
    public string? Url => _door?.Url;

    /// <summary>With what the daemon would have to be started to have the door that is open now.</summary>
    public HttpArguments? Arguments { get; private set; } = options.Arguments.Http;

    /// <summary>Opens it where the settings or the command line want it.</summary>
    /// <exception cref="RefusedException">The address or the certificate is no good, or the port is taken.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Http is not null && (Arguments is not null || manager.Settings.Http.Enabled))
        {
            _door = await OpenAsync(Arguments, cancellationToken);
        }
    }

    /// <summary>The page's address with a new code. Opens the door where it is not open; a port that somebody else has is replaced by a free one.</summary>
    /// <param name="opened">Told once the door was opened for this.</param>
    /// <exception cref="RefusedException">This daemon cannot serve HTTP.</exception>
    public async Task<string> PageAsync(TokenScope scope, Action opened, CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken);
        try
        {
            if (_closed || options.Http is null)
            {
                throw new RefusedException(RefusalCode.Unsupported, "This daemon cannot serve HTTP now. Start one that does: mcpworkers serve");
            }

            if (_door is null)
            {
                var asked = new HttpArguments(null, null, NoTokenOnLoopback: false);
                try
                {
                    _door = await OpenAsync(asked, cancellationToken);
                }
                catch (RefusedException taken) when (taken.Code == RefusalCode.AlreadyOwned)
                {
                    asked = asked with { Port = 0 };
                    _door = await OpenAsync(asked, cancellationToken);
                }

                Arguments = asked;
                await log.WriteLineAsync($"HTTP at {_door!.Url}, for the page");
                opened();
            }

            return _door.NewPageUrl(scope);
        }
        finally
        {
            _opening.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _opening.WaitAsync();
        _closed = true;
        await (_door?.DisposeAsync() ?? ValueTask.CompletedTask);
        _opening.Release();
    }

    /// <summary>Where any port will do, the one of the last time is best: a page that is open finds the next daemon there.</summary>
    private async Task<IHttpDoor?> OpenAsync(HttpArguments? asked, CancellationToken cancellationToken)
    {
        if ((asked?.Port ?? manager.Settings.Http.Port) != 0)
        {
            return await options.Http!(manager, tools, asked, log, cancellationToken);
        }

        string path = Path.Combine(directory.Path, "http.port");
        if (KeptPort(path) is { } port)
        {
            try
            {
                return await options.Http!(manager, tools, (asked ?? new(null, null, false)) with { Port = port }, log, cancellationToken);
            }
            catch (RefusedException taken) when (taken.Code == RefusalCode.AlreadyOwned)
            {
                // Somebody else has it by now.
            }
        }

        var door = await options.Http!(manager, tools, asked, log, cancellationToken);
        if (door is not null)
        {
            DataDirectory.WritePrivate(path, Encoding.ASCII.GetBytes(new Uri(door.Url).Port.ToString(CultureInfo.InvariantCulture) + "\n"));
        }

        return door;
    }

    private static int? KeptPort(string path)
    {
        try
        {
            return int.TryParse(File.ReadAllText(path).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is > 0 and <= ushort.MaxValue ? port : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
