using System.Buffers;

namespace McpWorkers.Engine.Execution.Output;

/// <summary>
/// Makes a short line out of one that is too long to hold: fed in pieces, it gives the same JSON with long strings cut and with the rest of
/// overlong inner containers left out, so that the type and the small fields are read by the same code as ever. Its memory does not grow with
/// the line. What is no JSON object gives its beginning.
/// </summary>
internal sealed class LineShortener
{
    private const int StringBytesMax = 4096;
    private const int WordBytesMax = 256;
    private const int InnerBudget = 256 * 1024;
    private const int WholeBudget = 1024 * 1024;
    private const int DepthMax = 256;

    private readonly ArrayBufferWriter<byte> _out = new(8192);
    private Mode _mode = Mode.Begin;
    private int _depth;
    private int _stringBytes;
    private int _wordBytes;
    private int _escapeLeft;
    private bool _cut;

    // While something is left out: the depth at whose closing bracket writing goes on, and whether that bracket is written.
    private int _silentUntil;
    private bool _closeWritten;

    private enum Mode
    {
        Begin,
        Json,
        Text,
        PlainText,
    }

    private bool IsSilent => _silentUntil > 0;

    /// <summary>The short line so far.</summary>
    public ReadOnlySpan<byte> Line => _out.WrittenSpan;

    public void Add(ReadOnlySpan<byte> piece)
    {
        foreach (byte b in piece)
        {
            Add(b);
        }
    }

    private void Add(byte b)
    {
        switch (_mode)
        {
            case Mode.Begin when b is (byte)' ' or (byte)'\t':
                return;
            case Mode.Begin when b == (byte)'{':
                _mode = Mode.Json;
                Structure(b);
                return;
            case Mode.Begin:
                _mode = Mode.PlainText;
                Write(b);
                return;
            case Mode.PlainText:
                if (_out.WrittenCount < StringBytesMax)
                {
                    Write(b);
                }

                return;
            case Mode.Text:
                InString(b);
                return;
            default:
                Structure(b);
                return;
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
                Open(b);
                break;
            case (byte)'}' or (byte)']':
                Close(b);
                break;
            case (byte)',':
                _wordBytes = 0;
                if (!IsSilent && (_out.WrittenCount > WholeBudget || (_depth > 1 && _out.WrittenCount > InnerBudget)))
                {
                    _silentUntil = _depth;
                    _closeWritten = true;
                }

                Emit(b);
                break;
            case (byte)' ' or (byte)'\t' or (byte)'\r':
                break;
            default:
                if (b == (byte)':' || ++_wordBytes <= WordBytesMax)
                {
                    Emit(b);
                }

                break;
        }
    }

    private void Open(byte b)
    {
        _depth++;
        if (!IsSilent && _depth > DepthMax)
        {
            Write("null"u8);
            _silentUntil = _depth;
            _closeWritten = false;
        }

        Emit(b);
    }

    private void Close(byte b)
    {
        _wordBytes = 0;
        if (IsSilent && _depth == _silentUntil)
        {
            _silentUntil = 0;
            if (_closeWritten)
            {
                Write(b);
            }
        }
        else
        {
            Emit(b);
        }

        _depth--;
    }

    private void InString(byte b)
    {
        if (_escapeLeft > 0)
        {
            // The letter after the backslash says how long the escape is.
            _escapeLeft = _escapeLeft == 5 && b != (byte)'u' ? 0 : _escapeLeft - 1;
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
        }
        else
        {
            // A cut never parts an escape, nor the bytes of one character.
            InText(b, mayCut: (b & 0xC0) != 0x80);
            _escapeLeft = b == (byte)'\\' ? 5 : 0;
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
        if (!IsSilent)
        {
            Write(b);
        }
    }

    private void Emit(ReadOnlySpan<byte> bytes)
    {
        if (!IsSilent)
        {
            Write(bytes);
        }
    }

    private void Write(byte b) => Write([b]);

    private void Write(ReadOnlySpan<byte> bytes) => _out.Write(bytes);
}
