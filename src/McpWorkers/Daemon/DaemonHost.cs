using System.Net.Sockets;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Tasks;
using McpWorkers.Engine.Workers;
using McpWorkers.Mcp;

namespace McpWorkers.Daemon;

/// <summary>The one owner of a data directory's workers, and their door: a socket that speaks MCP after a hello.</summary>
internal sealed class DaemonHost : IAsyncDisposable
{
    private readonly DaemonOptions _options;
    private readonly DataDirectory _directory;
    private readonly DaemonLog _log;
    private readonly FactLog _facts;
    private readonly WorkerManager _manager;
    private readonly TaskManager _tasks;
    private readonly DaemonWeb _web;
    private readonly DaemonDoorway _doorway;
    private readonly DaemonMethods _methods;
    private readonly ClientSessions _sessions;
    private readonly TaskCompletionSource<LeaveReason> _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _leaving = new();
    private readonly Task _accepting;
    private readonly Task _idling;
    private int _left;

    private DaemonHost(DaemonOptions options, DataDirectory directory, DaemonLog log, WorkerManager manager, TaskManager tasks, ToolCatalog tools, DaemonWeb web, DaemonDoorway doorway)
    {
        _options = options;
        _directory = directory;
        _log = log;
        _manager = manager;
        _tasks = tasks;
        _web = web;
        _doorway = doorway;
        Info = new(
            Environment.ProcessId, options.Version, doorway.Place.Path, doorway.Place.OwnFolder, web.Url, options.Time.GetUtcNow(), DaemonInfo.ThisBoot,
            options.Arguments);
        _methods = new DaemonMethods(manager, tasks, directory, Info, log, () => _sessions?.Count ?? 0, AskToLeave, web, TellOfHttp, options.Time);
        _facts = new FactLog(manager, log);
        _sessions = new ClientSessions(options, directory, manager, tools, _methods, log);
        Info.Write(directory);
        _accepting = AcceptAsync();
        _idling = options.IsForeground || web.Url is not null || manager.Settings.DaemonIdle is not { } idle
            ? Task.CompletedTask
            : new IdleWatch(idle, IsIdle, () => AskToLeave(LeaveReason.Stopped), options.Time).RunAsync(_leaving.Token);
    }

    public DaemonInfo Info { get; private set; }

    /// <summary>Whether anybody could come in by HTTP; asked once, when it started.</summary>
    public bool HasTokens { get; private init; }

    /// <summary>Completes when it is to leave: asked by a client, by <see cref="AskToLeave"/>, or because it has nothing to do.</summary>
    public Task<LeaveReason> Asked => _asked.Task;

    /// <summary>Takes the data directory, opens the engine, and listens. Returns once clients can come.</summary>
    /// <exception cref="RefusedException">Another daemon has the directory, it cannot be used, or the settings are wrong.</exception>
    public static async Task<DaemonHost> StartAsync(DaemonOptions options, CancellationToken cancellationToken)
    {
        var directory = await DaemonLock.TakeAsync(options.DataDirectory, options.Limits.Lock, options.Time, cancellationToken);
        var log = new DaemonLog(directory.LogPath, options.LogEcho, options.Time);
        WorkerManager? manager = null;
        TaskManager? tasks = null;
        DaemonWeb? web = null;
        DaemonDoorway? doorway = null;
        try
        {
            manager = await options.Engine(directory, cancellationToken);
            log.Mask = manager.Mask;
            log.Level = HostLogLevels.Parse(options.Arguments.LogLevel ?? manager.Settings.LogLevel);
            tasks = await TaskManager.OpenAsync(manager, cancellationToken);
            var tools = new ToolCatalog(manager, log, options.Time, tasks);
            web = new DaemonWeb(options, directory, manager, tools, log);
            await web.StartAsync(cancellationToken);
            doorway = DaemonDoorway.Open(directory, options.RuntimeDirectory, options.TemporaryDirectory);
            bool hasTokens = web.Url is not null && (await manager.Tokens.ListAsync(cancellationToken)).Count > 0;
            var host = new DaemonHost(options, directory, log, manager, tasks, tools, web, doorway) { HasTokens = hasTokens };
            log.Add(HostLogLevel.Info, "started", $"version {options.Version.Program}, pid {Environment.ProcessId}, socket {host.Info.Socket}{(web.Url is null ? "" : $", HTTP at {web.Url}")}");
            foreach (string note in options.Notes)
            {
                log.Add(HostLogLevel.Info, "note", note);
            }

            return host;
        }
        catch (Exception e)
        {
            log.Add(HostLogLevel.Error, "start_failed", $"could not start: {e.Message}");
            doorway?.Dispose();
            await (web?.DisposeAsync() ?? ValueTask.CompletedTask);
            await (tasks?.DisposeAsync() ?? ValueTask.CompletedTask);
            await (manager is null ? Task.CompletedTask : options.Leave(manager));
            await log.DisposeAsync();
            directory.Dispose();
            throw;
        }
    }

    /// <summary>Returns at once; the first reason counts.</summary>
    public void AskToLeave(LeaveReason reason) => _asked.TrySetResult(reason);

    /// <summary>Leaves in order: no new clients, a goodbye to those that are there, the engine last. Runs go on.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _left, 1) != 0)
        {
            return;
        }

        AskToLeave(LeaveReason.Stopped);
        var reason = await Asked;
        _log.Add(HostLogLevel.Info, "leaving", $"leaving ({Goodbye.NameOf(reason)}); runs go on");

        // First of all nobody finds us any more: who comes now starts another one, which waits for our lock.
        DeleteInfo();
        _doorway.Dispose();
        await _leaving.CancelAsync();
        await Task.WhenAll(_accepting, _idling);
        await _sessions.LeaveAsync(reason);
        await _web.DisposeAsync();
        await _tasks.DisposeAsync();
        await _options.Leave(_manager);
        await _facts.DisposeAsync();
        _log.Add(HostLogLevel.Info, "ended", "the daemon has ended");
        await _log.DisposeAsync();
        _directory.Dispose();
        _leaving.Dispose();
    }

    /// <summary>HTTP was opened later: whoever looks for the daemon finds it, and whoever starts the next one opens it again.</summary>
    private void TellOfHttp()
    {
        Info = Info with { Http = _web.Url, Arguments = Info.Arguments with { Http = _web.Arguments } };
        try
        {
            Info.Write(_directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _log.WriteLine($"'{_directory.DaemonInfoPath}' could not be written: {e.Message}");
        }
    }

    private bool IsIdle()
    {
        var health = _manager.Health();
        return _web.Url is null && _sessions.Count == 0 && _tasks.IsIdle && health.RunsActive == 0 && health.RunsWaiting == 0 && health.RunsParked == 0 && _manager.Requests.Pending.Count == 0;
    }

    private async Task AcceptAsync()
    {
        while (!_leaving.IsCancellationRequested)
        {
            try
            {
                _sessions.Add(await _doorway.AcceptAsync(_leaving.Token));
            }
            catch (Exception e) when (_left != 0 && e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException e)
            {
                // Out of descriptors, most likely: those that are there go on, and new ones have to wait.
                _log.WriteLine($"a client could not be let in: {e.Message}");
                await Task.Delay(TimeSpan.FromMilliseconds(200), _options.Time, CancellationToken.None);
            }
        }
    }

    private void DeleteInfo()
    {
        try
        {
            File.Delete(_directory.DaemonInfoPath);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _log.WriteLine($"'{_directory.DaemonInfoPath}' could not be removed: {e.Message}");
        }
    }
}
