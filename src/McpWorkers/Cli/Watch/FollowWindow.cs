using McpWorkers.Daemon.Client;
using McpWorkers.Engine.Model;
using McpWorkers.Mcp.Client;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Watch;

/// <summary>
/// What runs in a window of debug mode: follows the runs of the clients that have this name, one after the other. It starts no daemon, waits
/// through one that is gone, and closes itself when there was nothing to follow for a while.
/// </summary>
internal sealed class FollowWindow(CliEnvironment environment, EngineRequest request, string client)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan IdleMax = TimeSpan.FromMinutes(10);

    private readonly LabelledLines _lines = new(environment.Out, environment.OutIsTerminal && environment.Colours);
    private long _lastNews;
    private string? _lastFault;

    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var signals = environment.OnInterrupt(ending.Cancel);
        using var keys = environment.Keys?.Invoke(key =>
        {
            if (key.KeyChar is 'q')
            {
                ending.Cancel();
            }
        });
        _lastNews = environment.Time.GetTimestamp();
        await environment.Out.WriteLineAsync($"Following what the workers of this terminal write (debug mode). q closes; so do {IdleMax.TotalMinutes:0} minutes without any.");
        try
        {
            while (environment.Time.GetElapsedTime(_lastNews) < IdleMax)
            {
                await FollowAsync(ending.Token);
                await Task.Delay(BetweenTries, environment.Time, ending.Token);
            }
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // As asked.
        }

        return ExitCodes.Success;
    }

    /// <summary>Over one connection to a daemon; returns when there is none, or nothing came for long.</summary>
    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        var door = environment.Daemon.Door(request, "cli") with { MayStart = false, TakesAnySettings = true };
        await using var connection = new WorkerClient(token => EnterAsync(door, token), environment.Time);
        var follow = new ClientFollow(connection, client, _lines);
        try
        {
            while (environment.Time.GetElapsedTime(_lastNews) < IdleMax)
            {
                bool any = await follow.LookAsync(cancellationToken);
                if (any || follow.IsConnected || !follow.IsQuiet)
                {
                    _lastNews = environment.Time.GetTimestamp();
                }

                if (!any)
                {
                    await Task.Delay(Pause, environment.Time, cancellationToken);
                }
            }
        }
        catch (Exception e) when (e is UnansweredException or RefusedException)
        {
            if (_lastFault != e.Message)
            {
                _lastFault = e.Message;
                await environment.Out.WriteLineAsync("-- " + TerminalText.OneLine(e.Message, 300));
            }
        }
    }

    /// <summary>Where no daemon runs, the client that this is about starts the next one: that is waited for like a lost connection.</summary>
    private static async Task<Stream> EnterAsync(DoorRequest door, CancellationToken cancellationToken)
    {
        try
        {
            return (await DaemonDoor.OpenAsync(door, cancellationToken)).Stream;
        }
        catch (NoDaemonException none)
        {
            throw new IOException(none.Message, none);
        }
    }
}
