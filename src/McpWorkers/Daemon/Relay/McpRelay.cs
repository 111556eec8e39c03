using System.Net.Sockets;
using McpWorkers.Daemon.Client;
using McpWorkers.Engine.Model;

namespace McpWorkers.Daemon.Relay;

/// <summary>
/// What an MCP host talks to: passes its lines to the daemon and back, and stays when the daemon goes. A daemon that was killed is started
/// again and told the opening anew; what only looks is asked again, everything else is answered with what goes on.
/// </summary>
/// <param name="open">Opens the door; the flag says whether it is the first time.</param>
/// <param name="log">News for whoever looks on; not the protocol's stream.</param>
#pragma warning disable CA1001 // The semaphore's wait handle is never asked for, so that there is nothing to give back.
internal sealed class McpRelay(
    Func<bool, CancellationToken, Task<OpenDoor>> open, Stream input, Stream output, TextWriter log, RelayLimits limits, TimeProvider time)
#pragma warning restore CA1001
{
    private readonly OpenCalls _calls = new(limits);
    private readonly RelayLink _link = new();
    private readonly SemaphoreSlim _writing = new(1);
    private readonly TaskCompletionSource _triedFirst = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private RefusedException? _refusal;
    private Task _pump = Task.CompletedTask;
    private volatile bool _isEnding;

    /// <summary>
    /// Returns when the input has ended and everything read is answered, when nobody reads the output any more, or at once when cancelled.
    /// No run is stopped by any of these.
    /// </summary>
    /// <exception cref="RefusedException">No daemon was to be had, and nothing was asked that could have been told so.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var cancelled = Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        var links = LinkAsync(cancellationToken);
        var reading = ReadAsync(cancellationToken);
        var first = await Task.WhenAny(reading, links, cancelled);
        if (first == reading)
        {
            await reading;
            await EndAsync(links, cancelled);
        }

        if (links.IsFaulted && links.Exception.InnerException is not OutputGoneException)
        {
            await links;
        }
    }

    /// <summary>After the end of input.</summary>
    private async Task EndAsync(Task links, Task cancelled)
    {
        using var over = new CancellationTokenSource();
        var limit = Task.Delay(limits.Answers, time, over.Token);
        await Task.WhenAny(Task.WhenAll(_calls.Quiet, _triedFirst.Task), links, cancelled, limit);
        _isEnding = true;
        _link.Current?.Stream.EndWriting();
        await Task.WhenAny(_pump, links, cancelled, Task.Delay(limits.Closing, time, over.Token));
        await over.CancelAsync();
        if (_refusal is { } refusal)
        {
            throw refusal;
        }
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        var reader = new LineReader(input, limits.LineBytesMax, takesOpenLine: true);
        while (await reader.ReadAsync(cancellationToken) is { IsEmpty: false } line)
        {
            if (reader.HasSkipped)
            {
                await log.WriteLineAsync($"mcpworkers: a message of more than {limits.LineBytesMax} bytes was dropped");
            }

            var head = MessageHead.Read(line.Span);
            if (_calls.TakeFromClient(head, line.Span))
            {
                await SendAsync(head, line, cancellationToken);
            }
        }
    }

    private async Task SendAsync(MessageHead head, ReadOnlyMemory<byte> line, CancellationToken cancellationToken)
    {
        bool isRequest = head.Kind == MessageKind.Request;
        while (!isRequest || _calls.IsOpen(head.Id!))
        {
            var link = await _link.GetAsync(wake: isRequest).WaitAsync(cancellationToken);
            if (link is null)
            {
                if (isRequest)
                {
                    continue;
                }

                // What it is about went with the last daemon.
                return;
            }

            if (isRequest && !_link.WhileCurrent(link, () => _calls.MarkSent(head.Id!)))
            {
                continue;
            }

            try
            {
                await link.Stream.WriteAsync(line, cancellationToken);
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
            {
                // Whoever reads from it sees the same, and knows what to do about it.
            }

            return;
        }
    }

    private async Task LinkAsync(CancellationToken cancellationToken)
    {
        int brief = 0;
        for (bool isFirst = true; ; isFirst = false)
        {
            await Task.Delay(limits.Pauses[Math.Min(brief, limits.Pauses.Count - 1)], time, cancellationToken);
            if (await OpenAsync(isFirst, cancellationToken) is not { } door)
            {
                await _link.RestAsync(() => _calls.HasWaiting).WaitAsync(cancellationToken);
                continue;
            }

            long begun = time.GetTimestamp();
            bool goodbye;
            using (door)
            {
                var pump = PumpAsync(door, cancellationToken);
                _pump = pump;
                await ReplayAsync(door, pump, cancellationToken);
                _link.Up(door);
                _triedFirst.TrySetResult();
                goodbye = await pump;
                _link.Down();
            }

            if (_isEnding)
            {
                return;
            }

            brief = goodbye || time.GetElapsedTime(begun) >= limits.Stay ? 0 : brief + 1;
            foreach (var lost in _calls.TakeLost())
            {
                await WriteAsync(LostAnswer.Of(lost, goodbye ? "The daemon was stopped before it answered." : "The daemon went away before it answered."), cancellationToken);
            }

            if (goodbye)
            {
                // Nothing is asked of it now, so that whoever stopped it finds it stopped.
                await _link.RestAsync(() => _calls.HasWaiting).WaitAsync(cancellationToken);
            }
            else
            {
                await log.WriteLineAsync("mcpworkers: the daemon went away; it is started again");
            }
        }
    }

    /// <summary>Null where there is none to be had; everybody who waits is told so.</summary>
    private async Task<OpenDoor?> OpenAsync(bool isFirst, CancellationToken cancellationToken)
    {
        try
        {
            var door = await open(isFirst, cancellationToken);
            _refusal = null;
            return door;
        }
        catch (RefusedException refused)
        {
            var waiting = _calls.TakeAll();
            foreach (var call in waiting)
            {
                await WriteAsync(LostAnswer.NothingDone(call, refused.Message), cancellationToken);
            }

            await log.WriteLineAsync("mcpworkers: " + refused.Message);
            _refusal = waiting.Count == 0 ? refused : null;
            _triedFirst.TrySetResult();
            return null;
        }
    }

    /// <summary>Tells a new daemon what the last one knew.</summary>
    private async Task ReplayAsync(OpenDoor door, Task pump, CancellationToken cancellationToken)
    {
        try
        {
            if (_calls.Opening() is var (initialize, answered, initialized))
            {
                await door.Stream.WriteAsync(initialize, cancellationToken);
                await Task.WhenAny(answered, pump, Task.Delay(limits.Opening, time, cancellationToken));
                if (initialized is not null)
                {
                    await door.Stream.WriteAsync(initialized, cancellationToken);
                }
            }

            foreach (byte[] line in _calls.Again())
            {
                await door.Stream.WriteAsync(line, cancellationToken);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // It is gone already, which the pump finds too.
        }
    }

    /// <summary>Passes on what the daemon says until it goes. True where it said goodbye.</summary>
    private async Task<bool> PumpAsync(OpenDoor door, CancellationToken cancellationToken)
    {
        var reader = new LineReader(door.Stream, limits.LineBytesMax, takesOpenLine: false);
        bool goodbye = false;
        while (true)
        {
            ReadOnlyMemory<byte> line;
            try
            {
                line = await reader.ReadAsync(cancellationToken);
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
            {
                return goodbye;
            }

            if (line.IsEmpty)
            {
                return goodbye;
            }

            if (Goodbye.Is(line.Span))
            {
                goodbye = true;
                continue;
            }

            var head = MessageHead.Read(line.Span);
            if (_calls.TakeFromDaemon(head, line.Span))
            {
                await WriteAsync(line, cancellationToken);
                if (head.Kind == MessageKind.Answer)
                {
                    _calls.MarkAnswered(head.Id!);
                }
            }
        }
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> line, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            await output.WriteAsync(line, cancellationToken);
            await output.FlushAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            throw new OutputGoneException(e);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Nobody reads what we write.</summary>
    private sealed class OutputGoneException(Exception inner) : Exception("Nobody reads the output any more.", inner);
}
