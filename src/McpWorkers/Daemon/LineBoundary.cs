namespace McpWorkers.Daemon;

/// <summary>
/// Passes everything on, and knows whether the last thing written ended a line: a goodbye must not stand in the middle of one. Reads nothing while
/// the session has its hands full.
/// </summary>
internal sealed class LineBoundary(Stream inner, TimeProvider time) : Stream
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(5);

    private volatile bool _isAtLineStart = true;

    public bool IsAtLineStart => _isAtLineStart;

    /// <summary>Whether reading is to wait.</summary>
    public Func<bool> IsHeldUp { get; set; } = static () => false;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (IsHeldUp())
        {
            await Task.Delay(Look, time, cancellationToken);
        }

        return await inner.ReadAsync(buffer, cancellationToken);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!buffer.IsEmpty)
        {
            // Until it is written whole, half of it may be out.
            _isAtLineStart = false;
            await inner.WriteAsync(buffer, cancellationToken);
            _isAtLineStart = buffer.Span[^1] == '\n';
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
