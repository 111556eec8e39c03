using System.Net.Sockets;
using System.Text;

namespace McpWorkers.Daemon;

/// <summary>
/// A connection between a client and the daemon: first lines, then whatever is spoken after them. What came behind a line in the same
/// packet is kept for the reader.
/// </summary>
internal sealed class SocketStream(Socket socket) : Stream
{
    private const int ChunkSize = 16 * 1024;

    private readonly NetworkStream _inner = new(socket, ownsSocket: true);
    private ReadOnlyMemory<byte> _ahead;
    private bool _isWithinLine;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>
    /// Whether the other side has closed the connection, not only its own writing. Sending nothing tells them apart: the system refuses it
    /// where nobody is left to read.
    /// </summary>
    public bool IsPeerGone
    {
        get
        {
            try
            {
                socket.Send(ReadOnlySpan<byte>.Empty, SocketFlags.None);
                return false;
            }
            catch (Exception e) when (e is SocketException { SocketErrorCode: not SocketError.WouldBlock } or ObjectDisposedException)
            {
                return true;
            }
        }
    }

    /// <summary>Tells the other side that nothing more comes; what it says can still be read.</summary>
    public void EndWriting()
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is gone already.
        }
    }

    /// <summary>A line without its line feed; null where the stream ended before one.</summary>
    /// <param name="bytesMax">The longest line that is taken.</param>
    /// <exception cref="InvalidDataException">The line is longer; see <see cref="SkipLineAsync"/>.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public async Task<string?> ReadLineAsync(int bytesMax, CancellationToken cancellationToken)
    {
        var line = new MemoryStream();
        while (true)
        {
            if (!await HasMoreAsync(cancellationToken))
            {
                return null;
            }

            int lineFeed = _ahead.Span.IndexOf((byte)'\n');
            line.Write(_ahead.Span[..(lineFeed < 0 ? _ahead.Length : lineFeed)]);
            _ahead = _ahead[(lineFeed < 0 ? _ahead.Length : lineFeed + 1)..];
            if (line.Length > bytesMax)
            {
                _isWithinLine = lineFeed < 0;
                throw new InvalidDataException($"A line of more than {bytesMax} bytes.");
            }

            if (lineFeed >= 0)
            {
                return Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length);
            }
        }
    }

    /// <summary>Passes over what is left of a line that was too long. False where the stream ended in it.</summary>
    /// <exception cref="IOException">The connection broke.</exception>
    public async Task<bool> SkipLineAsync(CancellationToken cancellationToken)
    {
        while (_isWithinLine)
        {
            if (!await HasMoreAsync(cancellationToken))
            {
                return false;
            }

            int lineFeed = _ahead.Span.IndexOf((byte)'\n');
            _ahead = _ahead[(lineFeed < 0 ? _ahead.Length : lineFeed + 1)..];
            _isWithinLine = lineFeed < 0;
        }

        return true;
    }

    public async Task WriteLineAsync(string line, CancellationToken cancellationToken) =>
        await _inner.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"), cancellationToken);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_ahead.IsEmpty)
        {
            return _inner.ReadAsync(buffer, cancellationToken);
        }

        int count = Math.Min(buffer.Length, _ahead.Length);
        _ahead[..count].CopyTo(buffer);
        _ahead = _ahead[count..];
        return ValueTask.FromResult(count);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _inner.WriteAsync(buffer, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        _inner.WriteAsync(buffer, offset, count, cancellationToken);

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private async Task<bool> HasMoreAsync(CancellationToken cancellationToken)
    {
        if (_ahead.IsEmpty)
        {
            byte[] chunk = new byte[ChunkSize];
            _ahead = chunk.AsMemory(0, await _inner.ReadAsync(chunk, cancellationToken));
        }

        return !_ahead.IsEmpty;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
