using McpWorkers.Cli.Execute;
using McpWorkers.Engine.Model;
using McpWorkers.Mcp.Client;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.Watch;

/// <summary>
/// Debug mode of one command: a window of its own that follows what its workers write; where there is none to be had, the lines come between
/// those of the command, on standard error.
/// </summary>
internal sealed class DebugView : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>What was written right before the end of a run is shown; a log that cannot be read holds nobody up.</summary>
    private static readonly TimeSpan LastLook = TimeSpan.FromSeconds(5);

    private readonly CliEnvironment _environment;
    private readonly ClientFollow? _follow;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _finishing = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _following = Task.CompletedTask;

    private DebugView(CliEnvironment environment, ClientFollow? follow)
    {
        _environment = environment;
        _follow = follow;
    }

    /// <summary>Opens the window where debug mode was asked for.</summary>
    /// <exception cref="UnansweredException">The daemon cannot be reached.</exception>
    public static async Task<DebugView> OpenAsync(CliEnvironment environment, EngineRequest request, WorkerClient client, CancellationToken cancellationToken)
    {
        if (request.DebugClient is not { } name)
        {
            return new(environment, null);
        }

        // First the daemon, started by this command and with its environment; the window then finds it.
        await client.ConnectAsync(cancellationToken);
        return await TryWindowAsync(environment, request, cancellationToken)
            ? new(environment, null)
            : new(environment, new(client, name, new LabelledLines(environment.Error, environment.ErrorIsTerminal && environment.Colours)));
    }

    /// <summary>For a command that does not wait for its workers: the window, or a word how to follow them.</summary>
    public static async Task WindowAsync(CliEnvironment environment, EngineRequest request, WorkerClient client, CancellationToken cancellationToken)
    {
        if (request.DebugClient is not null)
        {
            await client.ConnectAsync(cancellationToken);
            if (!await TryWindowAsync(environment, request, cancellationToken))
            {
                Connected.Say(environment, "debug: 'mcpworkers workers logs -f ID' follows a worker.");
            }
        }
    }

    /// <summary>For the relay, whose standard streams are the protocol's: the window, or where the transcripts are.</summary>
    public static async Task WindowOrPathAsync(CliEnvironment environment, EngineRequest request, CancellationToken cancellationToken)
    {
        try
        {
            if (!await TryWindowAsync(environment, request, cancellationToken))
            {
                SayPath(environment, request);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The host ended meanwhile.
        }
    }

    /// <summary>Says where what the workers write is kept, where debug mode was asked for.</summary>
    public static void SayPath(CliEnvironment environment, EngineRequest request)
    {
        if (request.DebugClient is not null)
        {
            string data = environment.Daemon.Door(request, "cli").DataDirectory;
            string runs = request.InProcess ? Path.Combine(data, "owners", "*", "runs") : Path.Combine(data, "runs");
            Connected.Say(environment, $"debug: what each worker writes is in {Path.Combine(runs, "<run>", "stdout.ndjson")}; 'mcpworkers workers logs -f ID' follows a worker.");
        }
    }

    /// <summary>Progress as lines where the workers' own lines come between: they would spoil a table.</summary>
    public IProgressView ViewOf(CliEnvironment environment) => environment.CanRedraw && _follow is null
        ? new LiveProgress(environment)
        : new PlainProgress(environment.Error, environment.Time);

    /// <summary>Follows from now on, where there is no window.</summary>
    public void Begin()
    {
        if (_follow is not null)
        {
            _following = FollowAsync(_follow, _stop.Token);
        }
    }

    /// <summary>Shows what is left of the runs, which are over.</summary>
    public async Task FinishAsync()
    {
        _finishing.TrySetResult();
        _stop.CancelAfter(LastLook);
        await _following;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _following;
        _stop.Dispose();
    }

    private async Task FollowAsync(ClientFollow follow, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                bool last = _finishing.Task.IsCompleted;
                bool read = await follow.LookAsync(cancellationToken);
                if (last && !read && follow.IsQuiet)
                {
                    await follow.EndAsync(cancellationToken);
                    return;
                }

                if (!read)
                {
                    await Task.WhenAny(_finishing.Task, Task.Delay(Pause, _environment.Time, cancellationToken));
                    cancellationToken.ThrowIfCancellationRequested();
                    if (last)
                    {
                        await Task.Delay(Pause, _environment.Time, cancellationToken);
                    }
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The command is over.
        }
        catch (Exception e) when (e is UnansweredException or RefusedException)
        {
            Connected.Say(_environment, $"debug: {e.Message}");
        }
    }

    private static async Task<bool> TryWindowAsync(CliEnvironment environment, EngineRequest request, CancellationToken cancellationToken)
    {
        // Workers of this very process can be seen from nowhere else.
        if (request.InProcess)
        {
            return false;
        }

        var pane = TmuxPane.Of(environment.Variables);
        if (pane is null && !(OperatingSystem.IsMacOS() && ITermWindow.IsHere(environment.Variables)))
        {
            return false;
        }

        var door = environment.Daemon.Door(request, "cli");
        string[] words =
        [
            .. door.Program, "workers", "logs", "--follow", "--client", request.DebugClient!, "--data-dir", door.DataDirectory,
            .. door.ConfigPath is { } config ? ["--config", config] : Array.Empty<string>(),
        ];
        string? fault = pane is not null
            ? await pane.OpenAsync(request.DebugClient!, words, environment.WorkingDirectory, environment.Variables, cancellationToken)
            : await ITermWindow.OpenAsync(words, cancellationToken);
        if (fault is not null)
        {
            Connected.Say(environment, $"debug: no window was opened: {TerminalText.OneLine(fault, 300)}");
        }

        return fault is null;
    }
}
