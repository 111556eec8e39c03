namespace McpWorkers.Mcp;

/// <summary>
/// Reads through another stream. Its end reaches the reader only after <c>ended</c> has run: the server drops whatever is not yet answered
/// as soon as it sees the end. A last line without a line feed gets one, so that it is handled before that.
/// </summary>
internal sealed class EndOfInput(Stream inner, OpenRequests requests, Func<Task> ended) : Stream
{
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
        // A read of the console cannot be cancelled once it waits: then it is left behind, and ends with the process.
        int count = await inner.ReadAsync(buffer, cancellationToken).AsTask().WaitAsync(cancellationToken);
        if (buffer.IsEmpty)
        {
            return count;
        }

        if (count == 0 && _lineOpen)
        {
            buffer.Span[0] = (byte)'\n';
            count = 1;
        }

        if (count == 0)
        {
            await ended();
            return 0;
        }

        _lineOpen = buffer.Span[count - 1] != '\n';
        requests.Read(buffer.Span[..count]);
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
