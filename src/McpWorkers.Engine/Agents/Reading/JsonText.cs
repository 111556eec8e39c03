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

        var text = new StringBuilder(inside.Length);
        while (escape >= 0)
        {
            text.Append(Encoding.UTF8.GetString(inside[..escape]));
            inside = inside[escape..];
            inside = inside[AppendEscape(inside, text)..];
            escape = inside.IndexOf((byte)'\\');
        }

        return text.Append(Encoding.UTF8.GetString(inside)).ToString();
    }

    /// <summary>Compares with ASCII text, escapes understood.</summary>
    public static bool AreEqual(ReadOnlySpan<byte> inside, ReadOnlySpan<byte> text) =>
        inside.Length == text.Length
            ? inside.SequenceEqual(text)
            : inside.Length > text.Length && inside.Contains((byte)'\\') && Decode(inside) == Encoding.ASCII.GetString(text);

    /// <summary>Appends the character of the escape that begins here; returns the bytes it took.</summary>
    private static int AppendEscape(ReadOnlySpan<byte> s, StringBuilder text)
    {
        if (s.Length < 2)
        {
            text.Append('\uFFFD');
            return s.Length;
        }

        switch (s[1])
        {
            case (byte)'n': text.Append('\n'); return 2;
            case (byte)'t': text.Append('\t'); return 2;
            case (byte)'r': text.Append('\r'); return 2;
            case (byte)'b': text.Append('\b'); return 2;
            case (byte)'f': text.Append('\f'); return 2;
            case (byte)'"' or (byte)'\\' or (byte)'/': text.Append((char)s[1]); return 2;
            case (byte)'u' when TryReadUnit(s, out char unit): return AppendUnit(s, unit, text);
            default:
                text.Append('\uFFFD');
                return 2;
        }
    }

    private static int AppendUnit(ReadOnlySpan<byte> s, char unit, StringBuilder text)
    {
        if (!char.IsSurrogate(unit))
        {
            text.Append(unit);
            return 6;
        }

        if (char.IsHighSurrogate(unit) && TryReadUnit(s[6..], out char low) && char.IsLowSurrogate(low))
        {
            text.Append(unit).Append(low);
            return 12;
        }

        text.Append('\uFFFD');
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
