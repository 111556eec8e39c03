using System.CommandLine;
using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;

namespace McpWorkers.Cli.History;

/// <summary>Which runs or events: the options that <c>events</c> and <c>runs</c> share.</summary>
internal sealed class HistoryOptions
{
    private const int LimitMax = 1000;
    private const int LimitUsual = 100;

    /// <param name="statuses">Null for those of runs.</param>
    public HistoryOptions(IEnumerable<string>? statuses = null)
    {
        Status.AcceptOnlyFromAmong([.. statuses ?? Enum.GetValues<WorkerStatus>().Select(status => status.ToWire())]);
        Limit.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !(int.TryParse(token.Value, out int count) && count is >= 1 and <= LimitMax))
            {
                result.AddError($"--limit is '{token.Value}'; allowed is 1 to {LimitMax}.");
            }
        });
    }

    public Option<string?> Status { get; } = new("--status") { Description = "Only with this status.", HelpName = "STATUS" };

    public Option<string?> Type { get; } = new("--type", "-t") { Description = "Only of this worker type.", HelpName = "TYPE" };

    public Option<string?> Worker { get; } = new("--worker") { Description = "Only of this worker.", HelpName = "ID" };

    public Option<string?> Since { get; } = Time("--since", "Then or later");

    public Option<string?> Until { get; } = Time("--until", "Before then");

    public Option<int> Limit { get; } = new("--limit", "-n")
    {
        Description = $"At most so many, 1 to {LimitMax}.",
        HelpName = "N",
        DefaultValueFactory = _ => LimitUsual,
    };

    /// <summary>For the daemon, which says what is wrong with a time.</summary>
    public JsonObject Of(ParseResult parsed) => new()
    {
        ["status"] = parsed.GetValue(Status),
        ["type"] = parsed.GetValue(Type),
        ["worker_id"] = parsed.GetValue(Worker),
        ["since"] = parsed.GetValue(Since),
        ["until"] = parsed.GetValue(Until),
        ["limit"] = parsed.GetValue(Limit),
    };

    public static Option<string?> Time(string name, string what) => new(name)
    {
        Description = $"{what}: a moment (2026-03-01, 2026-03-01T12:00:00Z) or an age (90s, 15m, 1h, 7d).",
        HelpName = "TIME",
    };
}
