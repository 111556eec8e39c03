namespace McpWorkers.Daemon.Relay;

/// <summary>Reads whole lines as bytes, one at a time: nothing is read ahead of a line that was not taken yet, but what came in its packet.</summary>
/// <param name="takesOpenLine">Whether a last line without a line feed counts; of a writer that was killed it is half a line.</param>
internal sealed class LineReader(Stream stream, int bytesMax, bool takesOpenLine)
{
    private const int UsualSize = 64 * 1024;

    private byte[] _buffer = new byte[UsualSize];
    private int _start;
    private int _end;
    private bool _isSkipping;

    /// <summary>Whether a line was longer than the limit and is left out; asked and forgotten by the reader.</summary>
    public bool HasSkipped { get; private set; }

    /// <summary>
    /// The next line with its line feed, valid until the next call; empty at the end. A last line without a line feed gets one, where it counts.
    /// </summary>
    /// <exception cref="IOException">The stream broke.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken)
    {
        HasSkipped = false;
        int looked = _start;
        while (true)
        {
            int lineFeed = _buffer.AsSpan(looked, _end - looked).IndexOf((byte)'\n');
            if (lineFeed >= 0)
            {
                int next = looked + lineFeed + 1;
                var line = _buffer.AsMemory(_start, next - _start);
                _start = next;
                if (!_isSkipping)
                {
                    return line;
                }

                _isSkipping = false;
                HasSkipped = true;
                looked = _start;
                continue;
            }

            if (_end - _start > bytesMax)
            {
                _isSkipping = true;
            }

            if (_isSkipping)
            {
                _start = _end;
            }

            MakeRoom();
            looked = _end;
            int count = await stream.ReadAsync(_buffer.AsMemory(_end, _buffer.Length - _end - 1), cancellationToken);
            if (count == 0)
            {
                return End();
            }

            _end += count;
        }
    }

    /// <summary>There is always a byte left for the line feed of a last line without one.</summary>
    private void MakeRoom()
    {
        int open = _end - _start;
        if (open == 0 && _buffer.Length > UsualSize)
        {
            // A long line was an exception.
            _buffer = new byte[UsualSize];
        }
        else if (_start > 0)
        {
            _buffer.AsSpan(_start, open).CopyTo(_buffer);
        }

        _start = 0;
        _end = open;
        if (open >= _buffer.Length - 1)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }
    }

    private ReadOnlyMemory<byte> End()
    {
        int open = _end - _start;
        HasSkipped |= _isSkipping;
        if (open == 0 || _isSkipping || !takesOpenLine)
        {
            return default;
        }

        _buffer[_end++] = (byte)'\n';
        var line = _buffer.AsMemory(_start, open + 1);
        _start = _end;
        return line;
    }
}
