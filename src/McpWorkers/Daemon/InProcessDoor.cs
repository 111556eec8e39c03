using System.IO.Pipelines;
using McpWorkers.Engine.Workers;
using McpWorkers.Mcp.Client;

namespace McpWorkers.Daemon;

/// <summary>The door to workers of this very process: the same server as the daemon's, over a pair of pipes.</summary>
internal static class InProcessDoor
{
    /// <summary>A connection that speaks MCP. Disposing it ends the serving; with <paramref name="endsManager"/> also the manager with its runs.</summary>
    /// <param name="log">For faults of ours.</param>
    public static Stream Open(WorkerManager manager, Caller caller, TextWriter log, TimeProvider time, bool endsManager = false) =>
        new Connection(manager, caller, log, time, endsManager);

    private sealed class Connection : Stream
    {
        private readonly Pipe _toServer = new();
        private readonly Pipe _toClient = new();
        private readonly CancellationTokenSource _stop = new();
        private readonly WorkerManager? _manager;
        private readonly Stream _reading;
        private readonly Stream _writing;
        private readonly Task _serving;
        private int _disposed;

        public Connection(WorkerManager manager, Caller caller, TextWriter log, TimeProvider time, bool endsManager)
        {
            _manager = endsManager ? manager : null;
            _reading = _toClient.Reader.AsStream();
            _writing = _toServer.Writer.AsStream();
            _serving = ServeAsync(manager, caller, log, time);
        }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            _reading.ReadAsync(buffer, cancellationToken);

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            _reading.ReadAsync(buffer, offset, count, cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => _reading.Read(buffer, offset, count);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            _writing.WriteAsync(buffer, cancellationToken);

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            _writing.WriteAsync(buffer, offset, count, cancellationToken);

        public override void Write(byte[] buffer, int offset, int count) => _writing.Write(buffer, offset, count);

        public override Task FlushAsync(CancellationToken cancellationToken) => _writing.FlushAsync(cancellationToken);

        public override void Flush() => _writing.Flush();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override async ValueTask DisposeAsync()
        {
            if (Interlocked.Exchange(ref _disposed, 1) != 0)
            {
                return;
            }

            await _toServer.Writer.CompleteAsync();
            await _stop.CancelAsync();
            await _toClient.Reader.CompleteAsync();
            await _serving;
            if (_manager is not null)
            {
                await _manager.DisposeAsync();
            }

            _stop.Dispose();
            await base.DisposeAsync();
        }

        private async Task ServeAsync(WorkerManager manager, Caller caller, TextWriter log, TimeProvider time)
        {
            try
            {
                await PipeServer.RunAsync(
                    manager, caller, _toServer.Reader.AsStream(), _toClient.Writer.AsStream(), log, time, _stop.Token);
            }
            finally
            {
                await _toClient.Writer.CompleteAsync();
                await _toServer.Reader.CompleteAsync();
            }
        }
    }
}
