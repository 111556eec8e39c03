using System.Buffers;
using System.Globalization;
using System.Text;

namespace McpWorkers.Engine.Agents.Reading;

/// <summary>Decodes the inside of JSON strings. Faults become U+FFFD: an agent's broken text is still its text.</summary>
internal static class JsonText
{
    /// <summary>Decodes what stands between the quotes.</summary>
    public static string Decode(ReadOnlySpan<byte> inside)
    {
        int escape = inside.IndexOf((byte)'\\');
        if (escape < 0)
        {
            return Encoding.UTF8.GetString(inside);
        }

        // A character never takes fewer bytes than one, escaped or not: the bytes' count is enough room.
        char[] room = ArrayPool<char>.Shared.Rent(inside.Length);
        try
        {
            int length = 0;
            while (escape >= 0)
            {
                length += Encoding.UTF8.GetChars(inside[..escape], room.AsSpan(length));
                inside = inside[escape..];
                inside = inside[WriteEscape(inside, room, ref length)..];
                escape = inside.IndexOf((byte)'\\');
            }

            length += Encoding.UTF8.GetChars(inside, room.AsSpan(length));
            return new string(room, 0, length);
        }
        finally
        {
            ArrayPool<char>.Shared.Return(room);
        }
    }

    /// <summary>Compares with ASCII text, escapes understood.</summary>
    public static bool AreEqual(ReadOnlySpan<byte> inside, ReadOnlySpan<byte> text) =>
        inside.Length == text.Length
            ? inside.SequenceEqual(text)
            : inside.Length > text.Length && inside.Contains((byte)'\\') && Decode(inside) == Encoding.ASCII.GetString(text);

    /// <summary>Writes the character of the escape that begins here; returns the bytes it took.</summary>
    private static int WriteEscape(ReadOnlySpan<byte> s, char[] text, ref int length)
    {
        if (s.Length < 2)
        {
            text[length++] = '\uFFFD';
            return s.Length;
        }

        if (s[1] == (byte)'u' && TryReadUnit(s, out char unit))
        {
            return WriteUnit(s, unit, text, ref length);
        }

        text[length++] = s[1] switch
        {
            (byte)'n' => '\n',
            (byte)'t' => '\t',
            (byte)'r' => '\r',
            (byte)'b' => '\b',
            (byte)'f' => '\f',
            (byte)'"' or (byte)'\\' or (byte)'/' => (char)s[1],
            _ => '\uFFFD',
        };
        return 2;
    }

    private static int WriteUnit(ReadOnlySpan<byte> s, char unit, char[] text, ref int length)
    {
        if (!char.IsSurrogate(unit))
        {
            text[length++] = unit;
            return 6;
        }

        if (char.IsHighSurrogate(unit) && TryReadUnit(s[6..], out char low) && char.IsLowSurrogate(low))
        {
            text[length++] = unit;
            text[length++] = low;
            return 12;
        }

        text[length++] = '\uFFFD';
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
