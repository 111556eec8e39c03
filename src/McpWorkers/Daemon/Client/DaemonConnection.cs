using System.Net.Sockets;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Storage;

namespace McpWorkers.Daemon.Client;

/// <summary>One try to come in.</summary>
internal static class DaemonConnection
{
    /// <summary>For a daemon that listens to answer a hello; generous, since the machine may be busy.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(10);

    /// <summary>Null where nobody listens, or where the daemon is just leaving.</summary>
    /// <exception cref="RefusedException">The daemon does not let this client in, or does not answer.</exception>
    public static async Task<OpenDoor?> TryAsync(DoorRequest request, CancellationToken cancellationToken)
    {
        if (DaemonInfo.Read(DataDirectory.PathsOf(request.DataDirectory)) is not { } info || !SocketPlace.Fits(info.Socket))
        {
            return null;
        }

        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(info.Socket), cancellationToken);
        }
        catch (SocketException)
        {
            // Killed, or ended between the two looks.
            socket.Dispose();
            return null;
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        var stream = new SocketStream(socket);
        try
        {
            if (await GreetAsync(stream, request, info, cancellationToken) is { } welcome)
            {
                return new(stream, welcome, Started: false);
            }
        }
        catch
        {
            stream.Dispose();
            throw;
        }

        stream.Dispose();
        return null;
    }

    private static async Task<DaemonAnswer.Welcome?> GreetAsync(
        SocketStream stream, DoorRequest request, DaemonInfo info, CancellationToken cancellationToken)
    {
        string hello = new ClientHello(request.Version, request.Kind, request.WorkingDirectory, request.Environment, Environment.ProcessId, request.Tools, request.Token).ToLine();
        if (System.Text.Encoding.UTF8.GetByteCount(hello) > ClientHello.BytesMax)
        {
            throw new RefusedException(
                RefusalCode.LimitReached,
                $"The environment of this command is too large to be handed to the daemon (more than {ClientHello.BytesMax} bytes). Start it with fewer or shorter variables (env -i …).");
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var timer = request.Time.CreateTimer(_ => limit.CancelAsync(), null, AnswerLimit, Timeout.InfiniteTimeSpan);
        try
        {
            // Both at once: a refusal may come before a long hello is taken whole.
            var writing = WriteAsync(stream, hello, limit.Token);
            string? line = await stream.ReadLineAsync(DaemonAnswer.BytesMax, limit.Token);
            await writing;
            return line is null ? null : DaemonAnswer.Parse(line) switch
            {
                DaemonAnswer.Welcome welcome => welcome,
                DaemonAnswer.Refused refused => throw new RefusedException(RefusalCode.Forbidden, $"The daemon (pid {info.Pid}) refused this client: {refused.Message}"),
                _ => throw new System.Diagnostics.UnreachableException(),
            };
        }
        catch (IOException)
        {
            return null;
        }
        catch (Exception e) when (e is FormatException or InvalidDataException)
        {
            throw new RefusedException(RefusalCode.Unsupported, $"{e.Message} Its socket is '{info.Socket}'.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new RefusedException(
                RefusalCode.Unsupported,
                $"The daemon (pid {info.Pid}) took the connection but did not answer within {AnswerLimit.TotalSeconds:0} s. See its log: mcpworkers daemon logs. "
                + $"If it hangs, end it with 'kill {info.Pid}'; its runs go on, and the next command starts another one.");
        }
    }

    private static async Task WriteAsync(SocketStream stream, string hello, CancellationToken cancellationToken)
    {
        try
        {
            await stream.WriteLineAsync(hello, cancellationToken);
        }
        catch (IOException)
        {
            // What the daemon said before it closed is read by the other half.
        }
    }
}
