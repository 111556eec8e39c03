namespace McpWorkers.Engine.Model;

/// <summary>
/// The signals that are known of each agent. Written down from what the CLIs say (facts of their versions are in docs/quota.md); settings add to them and change
/// them by name.
/// </summary>
public static class BuiltInSignals
{
    public static IReadOnlyList<SignalRule> All { get; } =
    [
        // What every adapter understands by itself. Most agents try a 429 again for a while, and often with success.
        Of("rate-limited", "*", SignalSource.Stream, "^rate_limited: ", SignalMeaning.Retry),
        Of("status-429", "*", SignalSource.Stream, "^retrying 429: ", SignalMeaning.Retry),
        Of("ended-rate-limited", "*", SignalSource.Exit, @"^-?\d* ?rate_limited: ", SignalMeaning.Quota),

        // Up to 2.0: `Claude AI usage limit reached|1754200800`.
        Of("claude-usage-limit", "claude", SignalSource.Stream, @"^(error|result|line): .*usage limit reached\|(?<reset>\d{10})", reset: ResetForm.Epoch),
        Of("claude-limit-hit", "claude", SignalSource.Stream, "^(error|result): .*hit your .{0,40}limit"),

        // An event glued behind other text, which is no line of its own then.
        Of("claude-event-within-line", "claude", SignalSource.Stream,
            "^line: .*\"rate_limit_event\".*\"status\" ?: ?\"rejected\".*\"resetsAt\" ?: ?(?<reset>\\d{10})", reset: ResetForm.Epoch),
        Of("simulated-event-within-line", "simulated", SignalSource.Stream,
            "^line: .*\"rate_limit_event\".*\"status\" ?: ?\"rejected\".*\"resetsAt\" ?: ?(?<reset>\\d{10})", reset: ResetForm.Epoch),

        // qwen tries again for a minute and more before its stream says anything.
        Of("qwen-429", "qwen", SignalSource.Stderr, @"\b429\b|Too Many Requests|Throttling", SignalMeaning.Retry),
        Of("qwen-quota", "qwen", SignalSource.Stderr, "insufficient_quota|AllocationQuota|quota exceeded"),
        Of("qwen-answer", "qwen", SignalSource.Stream, @"^(error|result): .*\[API Error: 429"),

        Of("gemini-429", "gemini", SignalSource.Stderr, @"failed with status 429|RESOURCE_EXHAUSTED|\b429\b", SignalMeaning.Retry),
        Of("gemini-quota-resets", "gemini", SignalSource.Stderr, "quota will reset after (?<reset>[0-9hms. ]{2,20})", reset: ResetForm.Duration),
        Of("gemini-quota", "gemini", SignalSource.Stderr, "exhausted your .{0,20}quota|QUOTA_EXHAUSTED|Quota exceeded for"),

        Of("codex-usage-limit", "codex", SignalSource.Stream, "^(error|result): .*hit your usage limit.*try again in (?<reset>[0-9a-z ,]{3,40})", reset: ResetForm.Duration),
        Of("codex-usage-limit-clock", "codex", SignalSource.Stream, "^(error|result): .*hit your usage limit.*try again at (?<reset>[0-9a-z ,:]{4,40})", reset: ResetForm.Clock),
        Of("codex-limit", "codex", SignalSource.Stream, "^(error|result): .*(hit your usage limit|last status: 429|usage_limit_reached)"),

        // opencode says nothing at all while it tries again, but for its log.
        Of("opencode-429", "opencode", SignalSource.Stderr, @"\b429\b|Too Many Requests|rate limit", SignalMeaning.Retry),
        Of("copilot-quota", "copilot", SignalSource.Stream, "^(error|result): .*(quota_exceeded|no quota|premium request)"),
        Of("copilot-429", "copilot", SignalSource.Stderr, @"\b429\b|rate limit", SignalMeaning.Retry),
        Of("grok-429", "grok", SignalSource.Stderr, @"\b429\b|rate limit", SignalMeaning.Retry),

        // Programs that nobody knows: only what can hardly mean anything else.
        Of("stream-json-limit", "stream-json", SignalSource.Stderr, GenericLimit),
        Of("command-limit", "command", SignalSource.Stderr, GenericLimit),
        Of("simulated-limit", "simulated", SignalSource.Stderr, GenericLimit),
        Of("stream-json-limit-resets", "stream-json", SignalSource.Stderr, GenericReset, reset: ResetForm.Duration),
        Of("command-limit-resets", "command", SignalSource.Stderr, GenericReset, reset: ResetForm.Duration),
        Of("simulated-limit-resets", "simulated", SignalSource.Stderr, GenericReset, reset: ResetForm.Duration),
    ];

    private const string GenericLimit = "quota exceeded|insufficient_quota|(rate|usage) limit (reached|exceeded)|too many requests";

    private const string GenericReset = "(quota exceeded|(rate|usage) limit (reached|exceeded)).{0,80}(resets?|try again|retry) (in|after) (?<reset>[0-9][0-9a-z ,.]{0,40})";

    private static SignalRule Of(
        string name, string agent, SignalSource source, string pattern, SignalMeaning meaning = SignalMeaning.Quota, ResetForm reset = ResetForm.None) =>
        new() { Name = name, Agent = agent, Source = source, Pattern = pattern, Meaning = meaning, Reset = reset };
}
