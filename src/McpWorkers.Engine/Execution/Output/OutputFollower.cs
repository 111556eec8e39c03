using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace McpWorkers.Engine.Execution.Output;

/// <summary>
/// Reads a file that grows, line by line, from its beginning. Splits at line feeds only: U+2028, U+0085 and carriage returns stand inside of
/// lines. Memory is bounded by the bound on a line, whatever the file holds.
/// </summary>
internal sealed class OutputFollower : IDisposable
{
    private const int ReadSize = 128 * 1024;
    private const int KeptCapacityMax = 1024 * 1024;

    private readonly SafeFileHandle _file;
    private readonly int _lineBytesMax;
    private ArrayBufferWriter<byte> _held = new();
    private LineShortener? _long;
    private long _lineStart;
    private long _position;

    /// <param name="from">Where to begin, in bytes: the beginning of a line.</param>
    public OutputFollower(string path, int lineBytesMax, long from = 0)
    {
        _position = from;
        _lineStart = from;
        _file = RegularFile.TryOpen(path) ?? throw new FileNotFoundException($"'{path}' is no file that can be read.", path);
        _lineBytesMax = lineBytesMax;
    }

    /// <summary>How far the file is read, in bytes.</summary>
    public long Position => _position;

    public long Lines { get; private set; }

    public long ShortenedLines { get; private set; }

    /// <summary>Something stands behind the last line feed.</summary>
    public bool HasOpenLine => _position > _lineStart;

    /// <summary>Hands over what has been written since, at most so many bytes, so that bounds are looked at in between.</summary>
    /// <returns>How many bytes were read.</returns>
    public long ReadOn(LineHandler take, long bytesMax)
    {
        // Held while reading only: a hundred runs that look at their files in turn need one of it.
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ReadSize);
        long begun = _position;
        try
        {
            while (_position - begun < bytesMax)
            {
                int count = RandomAccess.Read(_file, buffer.AsSpan(0, (int)Math.Min(ReadSize, bytesMax - (_position - begun))), _position);
                if (count == 0)
                {
                    break;
                }

                Split(buffer.AsSpan(0, count), take);
            }

            return _position - begun;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Hands over the last line of an ended output that has no line feed behind it.</summary>
    public void Finish(LineHandler take)
    {
        if (HasOpenLine)
        {
            Complete([], _position - _lineStart, take, unterminated: true);
            _lineStart = _position;
        }
    }

    public void Dispose() => _file.Dispose();

    private void Split(ReadOnlySpan<byte> piece, LineHandler take)
    {
        while (!piece.IsEmpty)
        {
            int lineFeed = piece.IndexOf((byte)'\n');
            if (lineFeed < 0)
            {
                _position += piece.Length;
                Hold(piece);
                return;
            }

            long length = _position + lineFeed - _lineStart;
            Complete(piece[..lineFeed], length, take, unterminated: false);
            _position += lineFeed + 1;
            _lineStart = _position;
            piece = piece[(lineFeed + 1)..];
        }
    }

    private void Complete(ReadOnlySpan<byte> end, long length, LineHandler take, bool unterminated)
    {
        Lines++;
        if (_long is null && length <= _lineBytesMax && _held.WrittenCount == 0)
        {
            take(new OutputLine { Bytes = end, Offset = _lineStart, FullLength = length, Unterminated = unterminated });
            return;
        }

        Hold(end);
        bool shortened = _long is not null;
        ShortenedLines += shortened ? 1 : 0;
        take(new OutputLine
        {
            Bytes = shortened ? _long!.Line : _held.WrittenSpan,
            Offset = _lineStart,
            FullLength = length,
            Shortened = shortened,
            Unterminated = unterminated,
        });
        _long = null;
        if (_held.Capacity > KeptCapacityMax)
        {
            // One long line must not cost its memory for the rest of the run.
            _held = new();
        }

        _held.ResetWrittenCount();
    }

    private void Hold(ReadOnlySpan<byte> piece)
    {
        if (_long is null && _held.WrittenCount + piece.Length > _lineBytesMax)
        {
            _long = new LineShortener();
            _long.Add(_held.WrittenSpan);
            _held.ResetWrittenCount();
        }

        if (_long is null)
        {
            _held.Write(piece);
        }
        else
        {
            _long.Add(piece);
        }
    }
}

internal delegate void LineHandler(in OutputLine line);
