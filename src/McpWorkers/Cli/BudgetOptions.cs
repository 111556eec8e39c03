using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using McpWorkers.Engine.Model;

namespace McpWorkers.Cli;

/// <summary>The options that say what may be spent. Each command makes its own.</summary>
/// <param name="whose">Of what, such as <c>each run</c>.</param>
internal sealed class BudgetOptions(string whose)
{
    private readonly Option<decimal?> _usd = Amount("--budget-usd", $"US dollars that {whose} may spend; then it is interrupted, and asks whether to go on.", "USD", Budget.UsdMin, Budget.UsdMax);

    private readonly Option<long?> _tokens = Whole<long>("--budget-tokens", $"So for tokens, in and out.", "N", Budget.TokensMax);

    private readonly Option<int?> _turns = Whole<int>("--budget-turns", "So for requests to the model.", "N", Budget.TurnsMax);

    private readonly Option<decimal?> _minutes = Amount("--budget-minutes", "So for minutes of running; waiting for an answer is not counted.", "MINUTES", Budget.MinutesMin, Budget.MinutesMax);

    public IEnumerable<Option> All => [_usd, _tokens, _turns, _minutes];

    public Budget Of(ParseResult parsed) => new()
    {
        Usd = parsed.GetValue(_usd),
        Tokens = parsed.GetValue(_tokens),
        Turns = parsed.GetValue(_turns),
        Minutes = parsed.GetValue(_minutes) is { } minutes ? TimeSpan.FromTicks((long)(minutes * TimeSpan.TicksPerMinute)) : null,
    };

    private static Option<decimal?> Amount(string name, string description, string help, decimal min, decimal max) => new(name)
    {
        Description = description,
        HelpName = help,
        CustomParser = result => decimal.TryParse(Text(result), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal amount) && amount >= min && amount <= max
            ? amount
            : Refuse<decimal>(result, string.Create(CultureInfo.InvariantCulture, $"{name} {Text(result)}: allowed is a number from {min} to {max}.")),
    };

    private static Option<T?> Whole<T>(string name, string description, string help, long max)
        where T : struct, IConvertible => new(name)
        {
            Description = description,
            HelpName = help,
            CustomParser = result => long.TryParse(Text(result), NumberStyles.None, CultureInfo.InvariantCulture, out long amount) && amount >= 1 && amount <= max
                ? (T)Convert.ChangeType(amount, typeof(T), CultureInfo.InvariantCulture)
                : Refuse<T>(result, string.Create(CultureInfo.InvariantCulture, $"{name} {Text(result)}: allowed is a whole number from 1 to {max}.")),
        };

    private static string Text(ArgumentResult result) => result.Tokens[0].Value;

    private static T? Refuse<T>(ArgumentResult result, string message)
        where T : struct
    {
        result.AddError(message);
        return null;
    }
}
