using McpWorkers.Mcp;

namespace McpWorkers.Daemon;

/// <summary>
/// Passes everything on, and knows whether the last thing written ended a line: a goodbye must not stand in the middle of one. Reads nothing while
/// the session has its hands full.
/// </summary>
internal sealed class LineBoundary(Stream inner, TimeProvider time) : PassingStream(inner, inner, leaveOpen: true)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(5);

    private volatile bool _isAtLineStart = true;

    public bool IsAtLineStart => _isAtLineStart;

    /// <summary>Whether reading is to wait.</summary>
    public Func<bool> IsHeldUp { get; set; } = static () => false;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (IsHeldUp())
        {
            await Task.Delay(Look, time, cancellationToken);
        }

        return await base.ReadAsync(buffer, cancellationToken);
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!buffer.IsEmpty)
        {
            // Until it is written whole, half of it may be out.
            _isAtLineStart = false;
            await base.WriteAsync(buffer, cancellationToken);
            _isAtLineStart = buffer.Span[^1] == '\n';
        }
    }
}
