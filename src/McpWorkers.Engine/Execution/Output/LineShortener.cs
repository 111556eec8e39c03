using System.Buffers;

namespace McpWorkers.Engine.Execution.Output;

/// <summary>
/// Makes a short line out of one that is too long to hold: fed in pieces, it gives the same JSON with long strings cut and with the rest of
/// overlong inner containers left out, so that the type and the small fields are read by the same code as ever. Its memory does not grow with
/// the line. What is no JSON object gives its beginning.
/// </summary>
internal sealed class LineShortener
{
    /// <summary>No short line is longer, in bytes.</summary>
    public const int LineBytesMax = ShortenedContainers.WholeBudget + (64 * 1024);

    private const int StringBytesMax = 4096;

    // The longest that must stay together: an escaped surrogate pair.
    private const int Overhang = 12;
    private const int WordBytesMax = 256;

    private readonly ArrayBufferWriter<byte> _out = new(8192);
    private readonly ShortenedContainers _containers = new();
    private Mode _mode = Mode.Begin;
    private int _stringBytes;
    private int _wordBytes;
    private EscapeState _escape;
    private bool _cut;

    private enum Mode
    {
        Begin,
        Json,
        Text,
        PlainText,
        Over,
    }

    /// <summary>The short line so far.</summary>
    public ReadOnlySpan<byte> Line => _out.WrittenSpan;

    public void Add(ReadOnlySpan<byte> piece)
    {
        for (int at = 0; at < piece.Length && _mode != Mode.Over; at++)
        {
            if (_mode == Mode.Text && _cut && !_escape.IsOpen)
            {
                // Most of a long line is the rest of a long string.
                int next = piece[at..].IndexOfAny((byte)'"', (byte)'\\');
                if (next < 0)
                {
                    return;
                }

                at += next;
            }

            Add(piece[at]);
        }
    }

    private void Add(byte b)
    {
        switch (_mode)
        {
            case Mode.Begin when b is (byte)' ' or (byte)'\t':
                break;
            case Mode.Begin when b == (byte)'{':
                _mode = Mode.Json;
                Structure(b);
                break;
            case Mode.Begin or Mode.PlainText:
                AddPlain(b);
                break;
            case Mode.Text:
                InString(b);
                break;
            default:
                Structure(b);
                break;
        }
    }

    private void AddPlain(byte b)
    {
        bool isWhole = _out.WrittenCount >= StringBytesMax && ((b & 0xC0) != 0x80 || _out.WrittenCount > StringBytesMax + Overhang);
        _mode = isWhole ? Mode.Over : Mode.PlainText;
        if (!isWhole)
        {
            Write(b);
        }
    }

    private void Structure(byte b)
    {
        switch (b)
        {
            case (byte)'"':
                _mode = Mode.Text;
                _stringBytes = 0;
                _cut = false;
                _wordBytes = 0;
                Emit(b);
                break;
            case (byte)'{' or (byte)'[':
                if (_containers.Open(_out.WrittenCount) == OpenContainer.InPlaceOfIt)
                {
                    Write("null"u8);
                }

                Emit(b);
                break;
            case (byte)'}' or (byte)']':
                _wordBytes = 0;
                if (_containers.Close())
                {
                    Write(b);
                }

                break;
            case (byte)',':
                _wordBytes = 0;
                _containers.Next(_out.WrittenCount);
                Emit(b);
                break;
            case (byte)' ' or (byte)'\t' or (byte)'\r':
                break;
            default:
                Word(b);
                break;
        }

        if (_containers.IsOver && b is not ((byte)'}' or (byte)' ' or (byte)'\t' or (byte)'\r'))
        {
            // Something stands behind the object: no JSON, and it shall not look like some.
            _mode = Mode.Over;
        }
    }

    /// <summary>A number, true, false, null, or a colon. A number of many digits ends in a digit when it is cut.</summary>
    private void Word(byte b)
    {
        if (b == (byte)':')
        {
            Emit(b);
            return;
        }

        // A point or an exponent is begun only where its sign and a digit have room behind it.
        bool isCut = (b is (byte)'.' or (byte)'e' or (byte)'E') && _wordBytes >= WordBytesMax - 4;
        _wordBytes = isCut || _wordBytes >= WordBytesMax ? WordBytesMax + 1 : _wordBytes + 1;
        if (_wordBytes <= WordBytesMax)
        {
            Emit(b);
        }
    }

    private void InString(byte b)
    {
        if (_escape.IsOpen)
        {
            _escape.Take(b);
            InText(b, mayCut: false);
        }
        else if (b == (byte)'"')
        {
            if (_cut)
            {
                Emit("…"u8);
            }

            Emit(b);
            _mode = Mode.Json;
            _escape = default;
        }
        else
        {
            // A cut never parts an escape, a pair of them, nor the bytes of one character; in broken text it parts what it must.
            bool parts = (b & 0xC0) == 0x80 || (b == (byte)'\\' && _escape.IsHalfPair);
            InText(b, mayCut: !parts || _stringBytes >= StringBytesMax + Overhang);
            _escape = b == (byte)'\\' ? EscapeState.Begun : default;
        }
    }

    private void InText(byte b, bool mayCut)
    {
        _cut |= mayCut && _stringBytes >= StringBytesMax;
        if (!_cut)
        {
            _stringBytes++;
            Emit(b);
        }
    }

    private void Emit(byte b)
    {
        if (!_containers.IsSilent)
        {
            Write(b);
        }
    }

    private void Emit(ReadOnlySpan<byte> bytes)
    {
        if (!_containers.IsSilent)
        {
            Write(bytes);
        }
    }

    private void Write(byte b)
    {
        if (_out.WrittenCount < LineBytesMax)
        {
            _out.GetSpan(1)[0] = b;
            _out.Advance(1);
        }
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        if (_out.WrittenCount + bytes.Length <= LineBytesMax)
        {
            _out.Write(bytes);
        }
    }
}
