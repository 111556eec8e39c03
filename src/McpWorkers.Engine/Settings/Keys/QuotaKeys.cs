using McpWorkers.Engine.Model;
using static McpWorkers.Engine.Settings.Keys.SettingShape;

namespace McpWorkers.Engine.Settings.Keys;

/// <summary>What concerns the limits of the agents' services: the keys <c>quota</c> and <c>signals</c> of the host.</summary>
internal static class QuotaKeys
{
    public static KeyTable Host => new(
        new SettingKey("patience_seconds", new Whole(1, 3600),
            "How long an agent that met a limit may try again by itself before its run is stopped and its pool held.", "60"));

    public static KeyTable Signal { get; } = new(
        new("name", new Text(TextRule.EntryName), "Required. Entries of the same name in several files are merged, key by key; that of a built-in rule changes it."),
        new("agent", new Text(TextRule.NotEmpty), "Required. The adapter whose runs it is for, such as `qwen`; `*` for all."),
        new("source", new Text(TextRule.Choice([.. SignalNames.Sources])),
            "Required. Where it is looked for. stream: what the adapter understood of a line (`rate_limited: …`, `retrying 429: …`, `error: …`, `result: …`), and `line: …` of one that it does not know. stderr: a line of standard error. exit: `EXIT_CODE REASON: MESSAGE`."),
        new("pattern", new Text(TextRule.NotEmpty),
            "Required. A regular expression of .NET without look-around and back-references; capitals count as small letters. A group named `reset` says when the limit ends."),
        new("meaning", new Text(TextRule.Choice([.. SignalNames.Meanings])),
            "quota: the pool is held at once. retry: it is held once the agent has tried again in vain for quota.patience_seconds, or ends so. ignore: nothing, whatever other rules say.", "quota"),
        new("reset", new Text(TextRule.Choice([.. SignalNames.Resets])),
            "How the group `reset` is read: epoch (seconds since 1970), time (ISO 8601), seconds (from now), duration (`3h22m10s`, `2 hours`), clock (the host's local time to the minute: `2:38 PM`, `Sep 28th, 2025 3:42 PM`).", "none"));
}
