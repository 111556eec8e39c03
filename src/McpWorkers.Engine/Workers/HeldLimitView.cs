using System.Text.Json.Nodes;
using McpWorkers.Engine.Execution.Observing;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers.Runs;

namespace McpWorkers.Engine.Workers;

/// <summary>Limits and how they are held, as results, types and people see them.</summary>
public static class HeldLimitView
{
    /// <summary>Such as <c>{memory: {limit: 67108864, hold: "enforced"}}</c>; bytes, processors, processes.</summary>
    public static JsonObject ToJson(IEnumerable<HeldLimit> limits) => new(limits.Select(limit => KeyValuePair.Create(
        OutcomeText.NameOf(limit.Kind),
        (JsonNode?)new JsonObject { ["limit"] = limit.Value, ["hold"] = OutcomeText.NameOf(limit.Hold) })));

    /// <summary>Such as <c>memory 64 MiB (enforced), cpus 1.5 (not to be had here)</c>.</summary>
    public static string ToText(IEnumerable<HeldLimit> limits) => string.Join(", ", limits.Select(limit =>
        $"{OutcomeText.NameOf(limit.Kind)} {LimitText.Amount(limit.Kind, limit.Value)} ({WordOf(limit.Hold)})"));

    private static string WordOf(LimitHold hold) => hold == LimitHold.Unavailable ? "not to be had here" : OutcomeText.NameOf(hold);
}
