using System.Buffers;
using ModelContextProtocol.Protocol;

namespace McpWorkers.Mcp;

/// <summary>
/// Reads through another stream. Its end reaches the reader only after <c>ended</c> has run: the server drops whatever is not yet answered
/// as soon as it sees the end. A last line without a line feed gets one, so that it is handled before that. Lines are handed over one by one,
/// each when the one before has been taken up. A line that is no message is answered here, because the server would drop it without a word.
/// </summary>
/// <param name="refuse">Sends the answer to a line that is no message; null where nobody does.</param>
internal sealed class EndOfInput(Stream inner, OpenRequests requests, Func<Task> ended, Func<JsonRpcError, Task>? refuse = null) : Stream
{
    private const int ChunkSize = 64 * 1024;

    private static readonly ReadOnlyMemory<byte> LineFeed = "\n"u8.ToArray();

    private readonly byte[] _chunk = new byte[ChunkSize];

    // The line that was handed over last, or is being handed over.
    private readonly ArrayBufferWriter<byte> _line = new();
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
            await AnswerLastLineAsync(cancellationToken);
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
        if (hasText)
        {
            Keep(piece.Span);
        }

        _lineOpen = hasText && piece.Span[^1] != '\n';
        if (hasText && !_lineOpen && MayBeMessage)
        {
            requests.Read();
        }

        return count;
    }

    private bool MayBeMessage => LineFault.MayBeMessage(_line.WrittenSpan.TrimStart(" \t\r"u8)[0]);

    /// <summary>One byte more than is examined says that the line is longer.</summary>
    private void Keep(ReadOnlySpan<byte> piece)
    {
        if (!_lineOpen)
        {
            _line.ResetWrittenCount();
        }

        _line.Write(piece[..Math.Min(piece.Length, LineFault.LineMax + 1 - _line.WrittenCount)]);
    }

    /// <summary>Waits until the last line has been taken up; if it was not, and is no message, says so.</summary>
    private async Task AnswerLastLineAsync(CancellationToken cancellationToken)
    {
        if (_line.WrittenCount == 0)
        {
            return;
        }

        bool examine = !MayBeMessage || !await requests.UntilSeenAsync(cancellationToken);
        if (refuse is not null && examine && _line.WrittenCount <= LineFault.LineMax && LineFault.Of(_line.WrittenMemory) is { } fault)
        {
            await refuse(fault);
        }

        _line.ResetWrittenCount();
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
