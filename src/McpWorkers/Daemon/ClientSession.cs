using System.Net.Sockets;
using McpWorkers.Engine.Storage;
using McpWorkers.Engine.Workers;
using McpWorkers.Mcp;

namespace McpWorkers.Daemon;

/// <summary>One client: its hello, then MCP until it ends, and a goodbye where the daemon ends first.</summary>
internal sealed class ClientSession(SocketStream connection, DaemonOptions options, DataDirectory directory, DaemonLog log) : IDisposable
{
    /// <summary>Names a client in debug mode, in the environment that it hands over. Agents get no variable of ours.</summary>
    public const string DebugVariable = "MCPWORKERS_DEBUG";

    private readonly CancellationTokenSource _leaving = new();
    private readonly LineBoundary _output = new(connection, options.Time);
    private StreamSession? _mcp;
    private LeaveReason? _reason;

    /// <param name="first">Who connected, as it was seen at once.</param>
    /// <param name="look">Looks again.</param>
    /// <param name="servers">For its MCP.</param>
    /// <param name="methods">Beside MCP.</param>
    public async Task RunAsync(DaemonPeer first, Func<DaemonPeer> look, McpServerFactory servers, DaemonMethods methods)
    {
        try
        {
            if (!first.IsOurUser)
            {
                await RefuseAsync("This daemon is another user's.");
                return;
            }

            if (await ReadHelloAsync() is not { } hello)
            {
                return;
            }

            // Whoever speaks may be another than he who connected: that one must be there still.
            var peer = first.With(look());
            if (peer.IsGone && connection.IsPeerGone)
            {
                return;
            }

            if (!await AdmitAsync(hello, peer, methods))
            {
                return;
            }

            var caller = CallerOf(hello, peer);
            using var present = methods.Enter(caller);
            await WelcomeAsync();
            _mcp = new StreamSession(_output, servers, caller, hello.Tools, methods.For(caller), () => connection.IsPeerGone, options.Time);
            _output.IsHeldUp = () => _mcp.IsFull;
            await ServeAsync(_mcp, hello.Kind, peer.Pid);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // The client went away, which is its right at any time.
        }
        catch (OperationCanceledException) when (_leaving.IsCancellationRequested)
        {
            await SayGoodbyeAsync();
        }
    }

    /// <summary>Lets what can be answered at once be answered, and ends the session with a goodbye.</summary>
    public async Task LeaveAsync(LeaveReason reason)
    {
        _reason = reason;
        if (_mcp is { } mcp)
        {
            await mcp.WaitForAnswersAsync(options.Limits.Answers);
        }

        try
        {
            await _leaving.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // It ended by itself meanwhile.
            return;
        }

        // A write that a client does not take cannot be cancelled; closing the connection ends it.
        var patience = Task.Delay(options.Limits.Goodbye, options.Time, CancellationToken.None);
        _ = patience.ContinueWith(_ => connection.Dispose(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    public void Dispose()
    {
        connection.Dispose();
        _leaving.Dispose();
    }

    private async Task ServeAsync(StreamSession mcp, string kind, int? pid)
    {
        // A command line comes and goes within a second; whoever stays is of note.
        var level = kind == "mcp" ? HostLogLevel.Info : HostLogLevel.Debug;
        string who = $"{kind}, {(pid is { } known ? $"pid {known}" : "pid not known")}";
        log.Add(level, "client_came", who);
        try
        {
            await mcp.RunAsync(_leaving.Token);
            await SayGoodbyeAsync();
        }
        finally
        {
            log.Add(level, "client_left", who);
        }
    }

    private async Task<ClientHello?> ReadHelloAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_leaving.Token);
        using var timer = options.Time.CreateTimer(_ => limit.CancelAsync(), null, options.Limits.Hello, Timeout.InfiniteTimeSpan);
        try
        {
            return await connection.ReadLineAsync(ClientHello.BytesMax, limit.Token) is { } line ? ClientHello.Parse(line) : null;
        }
        catch (OperationCanceledException) when (!_leaving.IsCancellationRequested)
        {
            await RefuseAsync($"No hello came within {options.Limits.Hello.TotalSeconds:0} s.");
        }
        catch (InvalidDataException)
        {
            await RefuseAsync($"The first line is longer than {ClientHello.BytesMax} bytes: no hello.");
        }
        catch (FormatException e)
        {
            await RefuseAsync(e.Message);
        }

        return null;
    }

    /// <summary>Who comes from within a run gets that run's scope and no other.</summary>
    /// <returns>Whether it goes on as a client like the others; one that does not was served or refused.</returns>
    private async Task<bool> AdmitAsync(ClientHello hello, DaemonPeer peer, DaemonMethods methods)
    {
        switch (methods.Scope.Judge(hello, WithinOf(hello, peer), peer.IsGone))
        {
            case Admission.Refused refused:
                await RefuseAsync(refused.Message);
                return false;
            case Admission.AsRun run:
                await WelcomeAsync();
                using (var session = new RunSession(_output, methods.OfRun(run.RunId), log.WriteLine))
                {
                    await session.RunAsync(connection, _leaving.Token);
                }

                await SayGoodbyeAsync();
                return false;
            default:
                return true;
        }
    }

    private Task WelcomeAsync() => connection.WriteLineAsync(
        new DaemonAnswer.Welcome(options.Version, Environment.ProcessId, directory.Path, options.Arguments.ConfigPath).ToLine(), _leaving.Token);

    private string? WithinOf(ClientHello hello, DaemonPeer peer) => peer.ParentRun ?? DaemonPeers.RunNamedIn(hello.Environment, directory);

    private Caller CallerOf(ClientHello hello, DaemonPeer peer) => new()
    {
        Kind = hello.Kind,
        WorkingDirectory = hello.WorkingDirectory,
        Environment = hello.Environment,
        ParentRun = WithinOf(hello, peer),
        DebugClient = hello.Environment.GetValueOrDefault(DebugVariable) is { Length: > 0 and <= 100 } client ? client : null,
    };

    private async Task RefuseAsync(string message)
    {
        log.Add(HostLogLevel.Warn, "client_refused", $"a client was refused: {message}");
        await connection.WriteLineAsync(new DaemonAnswer.Refused(message).ToLine(), _leaving.Token);

        // What it still sends would turn the closing into a reset, which takes the refusal away from it: it gets the time to read it.
        connection.EndWriting();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_leaving.Token);
        limit.CancelAfter(options.Limits.Goodbye);
        byte[] rest = new byte[16 * 1024];
        try
        {
            while (await connection.ReadAsync(rest, limit.Token) > 0)
            {
            }
        }
        catch (OperationCanceledException)
        {
            // It has had its time.
        }
    }

    private async Task SayGoodbyeAsync()
    {
        if (_reason is { } reason && _output.IsAtLineStart)
        {
            await connection.WriteLineAsync(Goodbye.LineOf(reason), CancellationToken.None);
        }
    }
}
