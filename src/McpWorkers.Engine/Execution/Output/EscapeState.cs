namespace McpWorkers.Engine.Execution.Output;

/// <summary>Where a reader of JSON text stands in an escape: <c>\n</c>, <c>\u0041</c>, or the first half of a surrogate pair.</summary>
internal struct EscapeState
{
    private int _left;
    private int _code;

    public static EscapeState Begun => new() { _left = 5 };

    /// <summary>More bytes of the escape are to come.</summary>
    public readonly bool IsOpen => _left > 0;

    /// <summary>The escape just ended is the first half of a pair.</summary>
    public readonly bool IsHalfPair => _left == 0 && _code is >= 0xD800 and < 0xDC00;

    public void Take(byte b)
    {
        if (_left == 5 && b != (byte)'u')
        {
            // The letter after the backslash says how long the escape is.
            _left = 0;
            return;
        }

        _code = _left < 5 && char.IsAsciiHexDigit((char)b) ? (_code << 4) | Convert.ToInt32(((char)b).ToString(), 16) : 0;
        _left--;
    }
}
