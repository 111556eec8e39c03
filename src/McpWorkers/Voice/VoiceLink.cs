using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpWorkers.Daemon;
using McpWorkers.Daemon.Client;
using McpWorkers.Engine.Model;

namespace McpWorkers.Voice;

/// <summary>The way of a run's server to the daemon.</summary>
internal interface IVoiceLink
{
    /// <summary>Calls, and calls again where the daemon goes away meanwhile.</summary>
    /// <returns>Null where no daemon answered in that time.</returns>
    /// <exception cref="RefusedException">The daemon refuses.</exception>
    Task<JsonObject?> CallAsync(string method, JsonObject parameters, TimeSpan patience, CancellationToken cancellationToken);
}

/// <summary>
/// A connection that comes back: a daemon may be killed, or replaced by a newer one, while a call waits. It is made when it is first needed, and starts
/// no daemon: from within a run none is to be started.
/// </summary>
/// <param name="dataDirectory">Absolute; looked into again for each try.</param>
internal sealed class VoiceLink(string dataDirectory, string token, TimeProvider time) : IVoiceLink, IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    private readonly SemaphoreSlim _opening = new(1);
    private readonly CancellationTokenSource _ending = new();
    private Connection? _connection;

    public async Task<JsonObject?> CallAsync(string method, JsonObject parameters, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _ending.Token);

        // The daemon ends a wait by itself when its time is over: its answer must be waited for.
        using var timer = time.CreateTimer(_ => limit.CancelAsync(), null, patience + TimeSpan.FromSeconds(2), Timeout.InfiniteTimeSpan);
        try
        {
            while (true)
            {
                try
                {
                    if (await OpenAsync(limit.Token) is { } connection)
                    {
                        return await connection.CallAsync(method, parameters, limit.Token);
                    }
                }
                catch (IOException)
                {
                    // It went away, or was just going. The next one knows the key.
                }

                await Task.Delay(Pause, time, limit.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _opening.WaitAsync();
        if (_connection is not null)
        {
            await _connection.DisposeAsync();
        }

        _opening.Dispose();
        _ending.Dispose();
    }

    /// <summary>Null where nobody listens.</summary>
    private async Task<Connection?> OpenAsync(CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken);
        try
        {
            if (_connection is { IsOpen: true })
            {
                return _connection;
            }

            if (_connection is not null)
            {
                await _connection.DisposeAsync();
                _connection = null;
            }

            return await TryOpenAsync(cancellationToken) is { } door ? _connection = new Connection(door) : null;
        }
        finally
        {
            _opening.Release();
        }
    }

    private async Task<OpenDoor?> TryOpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await DaemonConnection.TryAsync(
                new()
                {
                    DataDirectory = dataDirectory,
                    Kind = ClientHello.Run,
                    Token = token,
                    Program = [],
                    WorkingDirectory = dataDirectory,
                    Environment = new Dictionary<string, string>(),
                    MayStart = false,
                    Time = time,
                },
                cancellationToken);
        }
        catch (RefusedException e) when (e.Code != RefusalCode.Forbidden)
        {
            // It does not answer: it may be starting, or is too busy.
            return null;
        }
    }

    /// <summary>One connection: calls out, answers in, by their numbers.</summary>
    private sealed class Connection : IAsyncDisposable
    {
        private readonly OpenDoor _door;
        private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonObject>> _calls = [];
        private readonly SemaphoreSlim _writing = new(1);
        private readonly Task _reading;
        private volatile bool _isOver;
        private int _ids;

        public Connection(OpenDoor door)
        {
            _door = door;
            _reading = ReadAsync();
        }

        public bool IsOpen => !_isOver;

        /// <exception cref="IOException">The daemon went away before it answered.</exception>
        public async Task<JsonObject> CallAsync(string method, JsonObject parameters, CancellationToken cancellationToken)
        {
            int id = Interlocked.Increment(ref _ids);
            var answer = new TaskCompletionSource<JsonObject>(TaskCreationOptions.RunContinuationsAsynchronously);
            _calls[id] = answer;
            try
            {
                await WriteAsync(new() { ["jsonrpc"] = "2.0", ["id"] = id, ["method"] = method, ["params"] = parameters.DeepClone() }, cancellationToken);

                // The reader may have ended before it could know of this call.
                return await (_isOver ? Task.FromException<JsonObject>(Lost()) : answer.Task.WaitAsync(cancellationToken));
            }
            catch (OperationCanceledException) when (!_isOver)
            {
                await WriteAsync(new() { ["jsonrpc"] = "2.0", ["method"] = RunSession.Cancel, ["params"] = new JsonObject { ["id"] = id } }, CancellationToken.None);
                throw;
            }
            finally
            {
                _calls.TryRemove(id, out _);
            }
        }

        public async ValueTask DisposeAsync()
        {
            _door.Dispose();
            await _reading;
            _writing.Dispose();
        }

        private static IOException Lost() => new("The daemon went away before it answered.");

        /// <summary>A line that was begun is written to its end, also where nobody waits for that any more: half of one would spoil the next.</summary>
        private async Task WriteAsync(JsonObject message, CancellationToken cancellationToken)
        {
            await _writing.WaitAsync(cancellationToken);
            await WriteAloneAsync(message.ToJsonString()).WaitAsync(cancellationToken);
        }

        private async Task WriteAloneAsync(string line)
        {
            try
            {
                await _door.Stream.WriteLineAsync(line, CancellationToken.None);
            }
            catch (ObjectDisposedException)
            {
                throw Lost();
            }
            finally
            {
                _writing.Release();
            }
        }

        private async Task ReadAsync()
        {
            try
            {
                while (await _door.Stream.ReadLineAsync(RunSession.LineBytesMax, CancellationToken.None) is { } line)
                {
                    Take(line);
                }
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidDataException)
            {
                // Gone; whoever waits is told below.
            }

            _isOver = true;
            foreach (var call in _calls.Values)
            {
                call.TrySetException(Lost());
            }
        }

        /// <summary>A goodbye is no answer; the end of the stream follows it.</summary>
        private void Take(string line)
        {
            try
            {
                if (JsonNode.Parse(line) is not JsonObject answer || answer["id"] is not JsonValue id || !id.TryGetValue(out int number) || !_calls.TryGetValue(number, out var call))
                {
                    return;
                }

                if (answer["result"] is JsonObject result)
                {
                    answer.Remove("result");
                    call.TrySetResult(result);
                }
                else
                {
                    call.TrySetException(new RefusedException(RefusalCode.Forbidden, (string?)answer["error"]?["message"] ?? "The daemon gave no reason."));
                }
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                // No line of ours.
            }
        }
    }
}
