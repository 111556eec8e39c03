using System.Globalization;
using System.Text;

namespace McpWorkers.Engine.Requests.Policy;

/// <summary>
/// Characters that a person does not see, or takes for others. Own tables, because the runtime's normalisation does nothing where it carries no
/// culture data, as here.
/// </summary>
internal static class LookAlikes
{
    /// <summary>Letters of other scripts that are drawn as Latin ones.</summary>
    private const string Twins =
        "асеорхуіјѕԁԛԝһӏѵԍАВЕКМНОРСТХУІЈЅԌԚԜҮ" + "οανικρτυχγωΑΒΕΖΗΙΚΜΝΟΡΤΥΧ" + "օսհոզցյքԱՍՕ" + "ıȷɑɡɩʋ";

    private static readonly (int First, int Last)[] Disguised =
    [
        (0x00AA, 0x00AA), (0x00B2, 0x00B3), (0x00B9, 0x00BA), (0x0250, 0x02FF), (0x037E, 0x037E), (0x13A0, 0x13FF), (0x1D00, 0x1DBF), (0x2010, 0x2015),
        (0x2018, 0x201F), (0x2024, 0x2026), (0x2039, 0x203A), (0x2044, 0x2044), (0x204E, 0x204F), (0x2070, 0x209C), (0x2100, 0x214F), (0x2160, 0x217F),
        (0x2212, 0x2212), (0x2215, 0x2217), (0x2223, 0x2223), (0x2236, 0x2236), (0x223C, 0x223C), (0x2460, 0x24FF), (0x2571, 0x2572), (0x2758, 0x2758),
        (0x27CB, 0x27CD), (0x29F5, 0x29F9), (0x2CB0, 0x2CB1), (0xA4D0, 0xA4FF), (0xAB30, 0xABBF), (0xFB00, 0xFB06), (0xFE10, 0xFE19), (0xFE30, 0xFE6F), (0xFF01, 0xFFEF),
        (0x1D400, 0x1D7FF), (0x1F100, 0x1F1FF),
    ];

    /// <summary>Of a text that anyone may have written, such as a commit's message: what nobody can see.</summary>
    /// <param name="what">What it is, for the message.</param>
    /// <returns>Null: nothing.</returns>
    public static string? InText(string text, string what)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (!Rune.TryGetRuneAt(text, i, out var rune))
            {
                return $"{what} is not valid Unicode";
            }

            if (text[i] is not ('\n' or '\t') && IsUnseen(rune))
            {
                return FormattableString.Invariant($"{what} holds the character U+{rune.Value:X4}, which cannot be seen");
            }

            i += rune.Utf16SequenceLength - 1;
        }

        return null;
    }

    /// <summary>Of a name, such as that of a file: also letters that pass for others.</summary>
    public static string? InName(string name, string what)
    {
        if (Ascii.IsValid(name))
        {
            return InText(name, what);
        }

        if (InText(name, what) is { } unseen)
        {
            return unseen;
        }

        foreach (var rune in name.EnumerateRunes().Where(rune => Disguised.Any(range => rune.Value >= range.First && rune.Value <= range.Last)))
        {
            return FormattableString.Invariant($"{what} holds the character U+{rune.Value:X4}, which passes for another");
        }

        foreach (string part in name.Split(['/', '.', '-', '_', ' ', '=', ':', ',']))
        {
            var scripts = part.EnumerateRunes().Where(Rune.IsLetter).Select(ScriptOf).Distinct().ToArray();
            bool mixed = scripts.Contains(Script.Latin) && scripts.Contains(Script.LikeLatin);
            bool twins = part.Any(c => !char.IsAscii(c)) && part.All(c => char.IsAscii(c) || Twins.Contains(c, StringComparison.Ordinal));
            if (mixed || twins)
            {
                return $"{what} has letters that pass for others in '{part}'";
            }
        }

        return null;
    }

    /// <summary>Of what is ASCII wherever it is meant honestly: the name of a tool, command or option.</summary>
    public static string? InWord(string word, string what) =>
        InText(word, what) ?? (Ascii.IsValid(word) ? null : $"{what} '{word}' has letters that are not ASCII");

    private static bool IsUnseen(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,
        UnicodeCategory.SpaceSeparator => rune.Value != ' ',
        // Fillers and selectors that draw nothing, although they count as letters and marks.
        _ => rune.Value is 0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or 0x3164 or 0xFFA0 or 0x2800 or (>= 0xE0100 and <= 0xE01EF),
    };

    private static Script ScriptOf(Rune rune) => rune.Value switch
    {
        < 0x0250 or (>= 0x1E00 and <= 0x1EFF) => Script.Latin,
        (>= 0x0370 and <= 0x058F) or (>= 0x13A0 and <= 0x13FF) or (>= 0x1C80 and <= 0x1C8F) or (>= 0x1F00 and <= 0x1FFF) or (>= 0xA640 and <= 0xA69F) => Script.LikeLatin,
        _ => Script.Other,
    };

    private enum Script
    {
        Latin,

        /// <summary>Greek, Cyrillic, Armenian, Cherokee.</summary>
        LikeLatin,
        Other,
    }
}
