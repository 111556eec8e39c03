using System.Buffers.Text;
using System.Globalization;

namespace McpWorkers.Engine.Agents.Reading;

internal enum JsonKind
{
    /// <summary>There is no such value.</summary>
    Missing,
    Object,
    Array,
    Text,
    Number,
    True,
    False,
    Null,
}

/// <summary>
/// A JSON value as a piece of a line: nothing is decoded or copied until it is asked for, and what lies deeper than the question is
/// skipped over. Agents' lines are long and we want a few fields of each (docs/decisions/0002).
/// Checks structure (strings, nesting) only; a value of the wrong type or a broken number reads as absent. Never throws.
/// Of duplicate keys the first one counts.
/// </summary>
internal readonly ref struct JsonView
{
    private readonly LongValues? _known;
    private readonly int _offset;

    /// <param name="raw">The value's bytes.</param>
    /// <param name="kind">What it is.</param>
    /// <param name="known">Values of its line whose ends are known.</param>
    /// <param name="offset">Where in its line it starts.</param>
    private JsonView(ReadOnlySpan<byte> raw, JsonKind kind, LongValues? known, int offset)
    {
        Raw = raw;
        Kind = kind;
        _known = known;
        _offset = offset;
    }

    public ReadOnlySpan<byte> Raw { get; }

    public JsonKind Kind { get; }

    public bool Exists => Kind != JsonKind.Missing;

    public bool IsObject => Kind == JsonKind.Object;

    public bool IsTrue => Kind == JsonKind.True;

    /// <summary>The field of that name; a view of kind <see cref="JsonKind.Missing"/> where there is none or this is no object.</summary>
    public JsonView this[ReadOnlySpan<byte> name]
    {
        get
        {
            if (Kind == JsonKind.Object)
            {
                foreach (var field in this)
                {
                    if (field.NameIs(name))
                    {
                        return field.Value;
                    }
                }
            }

            return default;
        }
    }

    /// <summary>Takes a line as an object. False for anything that is not one whole, structurally sound JSON object.</summary>
    /// <param name="line">The bytes.</param>
    /// <param name="view">The object.</param>
    /// <param name="known">Reused from line to line, it makes walking long ones quicker; the last line's views are void then.</param>
    public static bool TryReadObject(ReadOnlySpan<byte> line, out JsonView view, LongValues? known = null)
    {
        line = TrimWhiteSpace(line);
        known?.Clear();
        if (line.Length > 1 && line[0] == (byte)'{' && JsonScan.SkipNested(line, 0, known) == line.Length)
        {
            view = new(line, JsonKind.Object, known, 0);
            return true;
        }

        view = default;
        return false;
    }

    public Enumerator GetEnumerator() => new(this);

    /// <summary>The text of a string value, else null. Broken UTF-8 and lone surrogates become U+FFFD.</summary>
    public string? AsString() => Kind == JsonKind.Text ? JsonText.Decode(Raw[1..^1]) : null;

    /// <summary>The text of a string value, else the empty string.</summary>
    public string AsStringOrEmpty() => AsString() ?? "";

    /// <summary>True for a string that is exactly this ASCII text.</summary>
    public bool Is(ReadOnlySpan<byte> text) => Kind == JsonKind.Text && JsonText.AreEqual(Raw[1..^1], text);

    public long? AsLong() => Kind != JsonKind.Number ? null
        : Utf8Parser.TryParse(Raw, out long value, out int used) && used == Raw.Length ? value
        : AsDecimal() is { } number && number > long.MinValue && number < long.MaxValue ? (long)number
        : null;

    public decimal? AsDecimal() =>
        Kind == JsonKind.Number && decimal.TryParse(Raw, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal value) ? value : null;

    public bool? AsBool() => Kind switch
    {
        JsonKind.True => true,
        JsonKind.False => false,
        _ => null,
    };

    /// <summary>A string's text, or the raw JSON of anything else; cut to <paramref name="charactersMax"/> characters. For people to read.</summary>
    public string Preview(int charactersMax)
    {
        // A character takes at most six bytes in JSON (\u0000): no need to look at megabytes to show a line.
        int bytesMax = charactersMax * 6;
        bool cut = Raw.Length > bytesMax;
        string text = Kind == JsonKind.Text
            ? JsonText.Decode(cut ? Raw[1..bytesMax] : Raw[1..^1], charactersMax + 1)
            : System.Text.Encoding.UTF8.GetString(cut ? Raw[..bytesMax] : Raw);
        return text.Length > charactersMax ? string.Concat(text.AsSpan(0, charactersMax), "…") : text;
    }

    private static ReadOnlySpan<byte> TrimWhiteSpace(ReadOnlySpan<byte> s) => s.Trim(" \t\r\n"u8);

    /// <summary>Reads the value that begins at <paramref name="at"/> and moves behind it. False where there is none.</summary>
    private static bool TryReadValue(ReadOnlySpan<byte> s, scoped ref int at, LongValues? known, int offset, out JsonView value)
    {
        value = default;
        if (at >= s.Length)
        {
            return false;
        }

        int start = at;
        var kind = s[at] switch
        {
            (byte)'"' => JsonKind.Text,
            (byte)'{' => JsonKind.Object,
            (byte)'[' => JsonKind.Array,
            (byte)'t' => JsonKind.True,
            (byte)'f' => JsonKind.False,
            (byte)'n' => JsonKind.Null,
            (byte)'-' or (>= (byte)'0' and <= (byte)'9') => JsonKind.Number,
            _ => JsonKind.Missing,
        };
        if (kind == JsonKind.Missing)
        {
            return false;
        }

        int end = kind is JsonKind.Text or JsonKind.Object or JsonKind.Array ? (known?.EndOf(offset + at) ?? -1) - offset : -1;
        end = end > at ? end : kind switch
        {
            JsonKind.Text => JsonScan.SkipString(s, at),
            JsonKind.Object or JsonKind.Array => JsonScan.SkipNested(s, at),
            _ => JsonScan.EndOfWord(s, at),
        };
        if (end < 0)
        {
            return false;
        }

        at = end;
        value = new(s[start..end], kind, known, offset + start);
        return true;
    }

    /// <summary>A field of an object, or an item of an array (then without a name).</summary>
    public readonly ref struct Entry(ReadOnlySpan<byte> rawName, JsonView value)
    {
        private readonly ReadOnlySpan<byte> _rawName = rawName;

        public JsonView Value { get; } = value;

        public string Name => JsonText.Decode(_rawName);

        public bool NameIs(ReadOnlySpan<byte> name) => JsonText.AreEqual(_rawName, name);
    }

    /// <summary>Walks the fields of an object or the items of an array; nothing for other kinds. Ends early at a structural fault.</summary>
    public ref struct Enumerator
    {
        private readonly ReadOnlySpan<byte> _raw;
        private readonly LongValues? _known;
        private readonly int _offset;
        private readonly bool _isObject;
        private readonly bool _isContainer;
        private ReadOnlySpan<byte> _name;
        private JsonView _value;
        private int _at;

        internal Enumerator(JsonView container)
        {
            _raw = container.Raw;
            _known = container._known;
            _offset = container._offset;
            _isObject = container.Kind == JsonKind.Object;
            _isContainer = _isObject || container.Kind == JsonKind.Array;
            _name = default;
            _value = default;
            _at = 1;
        }

        public readonly Entry Current => new(_name, _value);

        public bool MoveNext()
        {
            if (!_isContainer)
            {
                return false;
            }

            _at = JsonScan.SkipWhiteSpace(_raw, _at);
            if (_at < _raw.Length && _raw[_at] == (byte)',')
            {
                _at = JsonScan.SkipWhiteSpace(_raw, _at + 1);
            }

            if (_isObject && !TryReadName())
            {
                return false;
            }

            int at = _at;
            bool found = TryReadValue(_raw, ref at, _known, _offset, out var value);
            _at = at;
            _value = value;
            return found;
        }

        private bool TryReadName()
        {
            if (_at >= _raw.Length || _raw[_at] != (byte)'"')
            {
                return false;
            }

            int end = JsonScan.SkipString(_raw, _at);
            if (end < 0)
            {
                return false;
            }

            _name = _raw[(_at + 1)..(end - 1)];
            _at = JsonScan.SkipWhiteSpace(_raw, end);
            if (_at >= _raw.Length || _raw[_at] != (byte)':')
            {
                return false;
            }

            _at = JsonScan.SkipWhiteSpace(_raw, _at + 1);
            return true;
        }
    }
}
