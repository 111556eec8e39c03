namespace McpWorkers.Mcp;

/// <summary>
/// Reads through another stream. Its end reaches the reader only after <c>ended</c> has run: the server drops whatever is not yet answered
/// as soon as it sees the end. A last line without a line feed gets one, so that it is handled before that. Lines are handed over one by one,
/// each when the one before has been taken up.
/// </summary>
internal sealed class EndOfInput(Stream inner, OpenRequests requests, Func<Task> ended) : Stream
{
    private const int ChunkSize = 64 * 1024;

    private static readonly ReadOnlyMemory<byte> LineFeed = "\n"u8.ToArray();

    private readonly byte[] _chunk = new byte[ChunkSize];
    private ReadOnlyMemory<byte> _unread;
    private bool _lineOpen;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
        {
            return 0;
        }

        if (!_lineOpen)
        {
            await requests.UntilSeenAsync(cancellationToken);
        }

        if (_unread.IsEmpty)
        {
            // A read of the console cannot be cancelled once it waits: then it is left behind, and ends with the process.
            int count = await inner.ReadAsync(_chunk, cancellationToken).AsTask().WaitAsync(cancellationToken);
            _unread = _chunk.AsMemory(0, count);
        }

        if (_unread.IsEmpty && !_lineOpen)
        {
            await ended();
            return 0;
        }

        return HandOver(_unread.IsEmpty ? LineFeed : _unread, buffer);
    }

    /// <summary>At most to the end of a line: what follows it waits until that line is taken up.</summary>
    private int HandOver(ReadOnlyMemory<byte> unread, Memory<byte> buffer)
    {
        int lineFeed = unread.Span.IndexOf((byte)'\n');
        int count = Math.Min(lineFeed < 0 ? unread.Length : lineFeed + 1, buffer.Length);
        var piece = unread[..count];
        piece.CopyTo(buffer);
        if (!_unread.IsEmpty)
        {
            _unread = _unread[count..];
        }

        // Empty lines are no messages, and nobody sees them.
        bool hasText = _lineOpen || piece.Span.IndexOfAnyExcept(" \t\r\n"u8) >= 0;
        _lineOpen = hasText && piece.Span[^1] != '\n';
        if (hasText && !_lineOpen)
        {
            requests.Read();
        }

        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
