using System.CommandLine.Parsing;
using System.Globalization;

namespace McpWorkers.Cli;

/// <summary>Reads a whole number of an option and says what is allowed where it is not.</summary>
internal static class WholeNumber
{
    public static int Parse(ArgumentResult result, string option, string allowed, Func<int, bool> isAllowed)
    {
        string text = result.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && isAllowed(value))
        {
            return value;
        }

        result.AddError($"{option} {text}: allowed is a whole number, {allowed}.");
        return 0;
    }
}
