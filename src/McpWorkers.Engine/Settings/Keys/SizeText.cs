using System.Globalization;

namespace McpWorkers.Engine.Settings.Keys;

/// <summary>Amounts of bytes as people write them: <c>512M</c>. The units are powers of 1024, as container engines take them.</summary>
internal static class SizeText
{
    private const string Units = "KMGT";

    /// <returns>Bytes; null for what is no size, or is more than a long holds.</returns>
    public static long? TryParse(string text)
    {
        string number = text;
        long unit = 1;
        if (text.Length > 1 && Units.IndexOf(char.ToUpperInvariant(text[^1]), StringComparison.Ordinal) is >= 0 and var power)
        {
            number = text[..^1];
            unit = 1L << (10 * (power + 1));
        }

        return decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal amount)
            && amount <= long.MaxValue / unit && decimal.IsInteger(amount * unit)
            ? (long)(amount * unit)
            : null;
    }

    /// <summary>In the largest unit that leaves a whole number.</summary>
    public static string Of(long bytes)
    {
        int power = 0;
        while (power < Units.Length && bytes >= 1024 && bytes % 1024 == 0)
        {
            bytes /= 1024;
            power++;
        }

        return bytes.ToString(CultureInfo.InvariantCulture) + (power == 0 ? "" : Units[power - 1].ToString());
    }
}
