using System.Buffers;
using System.Globalization;
using System.Text;

namespace McpWorkers.Engine.Agents.Reading;

/// <summary>Decodes the inside of JSON strings. Faults become U+FFFD: an agent's broken text is still its text.</summary>
internal static class JsonText
{
    private const char Replacement = '\uFFFD';
    private const int StackCharactersMax = 512;

    /// <summary>Decodes what stands between the quotes.</summary>
    /// <param name="inside">The bytes.</param>
    /// <param name="charactersMax">Of a longer text at least as many are decoded, and what follows may be left out.</param>
    public static string Decode(ReadOnlySpan<byte> inside, int charactersMax = int.MaxValue)
    {
        if (!inside.Contains((byte)'\\') && inside.Length <= charactersMax)
        {
            return Encoding.UTF8.GetString(inside);
        }

        // No byte becomes more than one character, escaped or not.
        int most = (int)Math.Min(inside.Length, charactersMax + 2L);
        char[]? rented = most > StackCharactersMax ? ArrayPool<char>.Shared.Rent(most) : null;
        var text = rented ?? stackalloc char[StackCharactersMax];
        try
        {
            return new string(text[..Decode(inside, text, charactersMax)]);
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<char>.Shared.Return(rented);
            }
        }
    }

    /// <summary>Compares with ASCII text, escapes understood.</summary>
    public static bool AreEqual(ReadOnlySpan<byte> inside, ReadOnlySpan<byte> text) =>
        inside.Length == text.Length
            ? inside.SequenceEqual(text)
            : inside.Length > text.Length && inside.Contains((byte)'\\') && Decode(inside) == Encoding.ASCII.GetString(text);

    private static int Decode(ReadOnlySpan<byte> inside, Span<char> text, int charactersMax)
    {
        int length = 0;
        int at = 0;
        while (at < inside.Length && length < charactersMax)
        {
            // By hand: between escapes there are a few bytes only, which no vector makes quicker.
            byte next = inside[at];
            if (next == (byte)'\\')
            {
                at += ReadEscape(inside[at..], text, ref length);
            }
            else if (next < 0x80)
            {
                text[length++] = (char)next;
                at++;
            }
            else
            {
                var rest = inside[at..];
                int plain = rest.IndexOf((byte)'\\');
                // A piece that is cut in the middle of a character ends behind the last one that is asked for.
                plain = (int)Math.Min(plain < 0 ? rest.Length : plain, (charactersMax - length) * 3L);
                length += GetChars(rest[..plain], text[length..]);
                at += plain;
            }
        }

        return length;
    }

    /// <summary>As many characters as fit: more than were asked for may be there.</summary>
    private static int GetChars(ReadOnlySpan<byte> bytes, Span<char> text)
    {
        System.Text.Unicode.Utf8.ToUtf16(bytes, text, out _, out int written);
        return written;
    }

    /// <summary>Writes the character of the escape that begins here; returns the bytes it took.</summary>
    private static int ReadEscape(ReadOnlySpan<byte> s, Span<char> text, ref int length)
    {
        if (s.Length >= 2 && s[1] == (byte)'u' && TryReadUnit(s, out char unit))
        {
            return ReadUnit(s, unit, text, ref length);
        }

        text[length++] = s.Length < 2 ? Replacement : s[1] switch
        {
            (byte)'n' => '\n',
            (byte)'t' => '\t',
            (byte)'r' => '\r',
            (byte)'b' => '\b',
            (byte)'f' => '\f',
            (byte)'"' or (byte)'\\' or (byte)'/' => (char)s[1],
            _ => Replacement,
        };
        return Math.Min(s.Length, 2);
    }

    private static int ReadUnit(ReadOnlySpan<byte> s, char unit, Span<char> text, ref int length)
    {
        if (char.IsHighSurrogate(unit) && TryReadUnit(s[6..], out char low) && char.IsLowSurrogate(low))
        {
            text[length++] = unit;
            text[length++] = low;
            return 12;
        }

        text[length++] = char.IsSurrogate(unit) ? Replacement : unit;
        return 6;
    }

    private static bool TryReadUnit(ReadOnlySpan<byte> s, out char unit)
    {
        unit = default;
        if (s.Length < 6 || s[0] != (byte)'\\' || s[1] != (byte)'u'
            || !ushort.TryParse(s[2..6], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort value))
        {
            return false;
        }

        unit = (char)value;
        return true;
    }
}
