using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using McpWorkers.Rendering;

namespace McpWorkers.Cli.History;

/// <summary>What was, for a person: tables whose columns are as wide as they must be.</summary>
internal static class HistoryText
{
    private static readonly string[] RunHead = ["ACCEPTED", "RUN", "WORKER", "TYPE", "STATUS", "TIME", "TOKENS", "COST", "ERROR"];
    private static readonly string[] BudgetHead = ["SPENT TODAY", "COST", "TOKENS", "TURNS", "MINUTES", "GRANTED ONCE MORE"];
    private static readonly string[] TotalHead = ["", "RUNS", "COMPLETED", "FAILED", "TIMEOUT", "CANCELLED", "TOKENS", "IN", "OUT", "COST", "TIME"];

    /// <summary>To the second, in UTC.</summary>
    public static string Time(string? iso) =>
        DateTimeOffset.TryParse(iso, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            ? time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)
            : "";

    public static string Runs(JsonArray runs, int? width) => TextTable.Of(
        [RunHead, .. runs.Select(run => RunRow(run!.AsObject()))], isNumber: column => column is >= 5 and <= 7, width);

    public static string Totals(JsonObject totals) => TextTable.Of(
        [
            [((string?)totals["by"])!.ToUpperInvariant(), .. TotalHead[1..]],
            .. totals["rows"]!.AsArray().Select(row => TotalRow((string?)row!["key"] is { Length: > 0 } key ? key : "-", row.AsObject())),
            TotalRow("total", totals["total"]!.AsObject()),
        ],
        isNumber: column => column > 0, width: null);

    /// <summary>What was spent of what may be; an estimate is marked by ~.</summary>
    public static string Budgets(JsonObject today) =>
        $"Since {Time((string?)today["since"])}, until {Time((string?)today["until"])} (local day {today["day"]})\n" + TextTable.Of(
            [
                BudgetHead,
                BudgetRow("all", today),
                .. today["pools"]!.AsArray().Select(pool => BudgetRow($"pool {TerminalText.OneLine((string)pool!["pool"]!, 40)}", pool.AsObject())),
            ],
            isNumber: column => column is > 0 and < 5,
            width: null);

    /// <summary>A field a line, those without a value left out.</summary>
    public static string Run(JsonObject run)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in run.Where(field => field.Value is not null))
        {
            string shown = name switch
            {
                "tokens" => string.Join(", ", value!.AsObject().Select(count => $"{count.Value} {count.Key.Replace('_', ' ')}")),
                "cost_usd" => Money(value),
                "duration_seconds" => Duration(value),
                _ => value!.ToString(),
            };
            text.Append(CultureInfo.InvariantCulture, $"{name.Replace('_', ' '),-17} {TerminalText.OneLine(shown, 4000)}\n");
        }

        return text.ToString();
    }

    private static string[] BudgetRow(string name, JsonObject account)
    {
        var spent = account["spent"]!;
        bool isEstimate = (bool)spent["is_estimate"]!;
        return
        [
            name,
            Of("usd", number => (isEstimate ? "~" : "") + number.ToString("$0.00##", CultureInfo.InvariantCulture), number => number.ToString("$0.00##", CultureInfo.InvariantCulture)),
            Of("tokens", Whole, Whole),
            Of("turns", Whole, Whole),
            Of("minutes", Short, Short),
            string.Join(", ", (account["granted"] as JsonObject ?? []).Select(each => $"{each.Key} {each.Value}x")),
        ];

        string Of(string measure, Func<decimal, string> write, Func<decimal, string> writeBound)
        {
            string amount = spent[measure] is { } known ? write((decimal)known) : "?";
            return account["bound"]?[measure] is { } bound ? $"{amount} of {writeBound((decimal)bound)}" : amount;
        }

        static string Whole(decimal number) => number.ToString("N0", CultureInfo.InvariantCulture);
        static string Short(decimal number) => number.ToString("0.##", CultureInfo.InvariantCulture);
    }

    private static string[] RunRow(JsonObject run) =>
    [
        Time((string?)run["accepted_at"]),
        TerminalText.OneLine((string)run["run_id"]!, 40),
        TerminalText.OneLine((string)run["worker_id"]!, 40),
        TerminalText.OneLine((string?)run["worker_type"] ?? "-", 40),
        (string)run["status"]!,
        Duration(run["duration_seconds"]),
        run["tokens"] is { } tokens ? Count((long)tokens["total"]!) : "",
        Money(run["cost_usd"]),
        (string?)run["error"] ?? "",
    ];

    private static string[] TotalRow(string key, JsonObject row) =>
    [
        TerminalText.OneLine(key, 40),
        Count((long)row["runs"]!),
        Count((long)row["completed"]!),
        Count((long)row["failed"]!),
        Count((long)row["timeout"]!),
        Count((long)row["cancelled"]!),
        Count((long)row["tokens"]!["total"]!),
        Count((long)row["tokens"]!["input"]!),
        Count((long)row["tokens"]!["output"]!),
        Money(row["cost_usd"]),
        Duration(row["seconds"]),
    ];

    private static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static string Money(JsonNode? money) => money is null ? "" : ((decimal)money).ToString("$0.00##", CultureInfo.InvariantCulture);

    private static string Duration(JsonNode? seconds) => seconds is null ? "" : ((double)seconds).ToString("N1", CultureInfo.InvariantCulture) + " s";
}
