using McpWorkers.Engine.Model;
using McpWorkers.Engine.Quota;
using Xunit;

namespace McpWorkers.Tests.Quota;

/// <summary>What the built-in rules make of what agents say, and what a user's rules may change of that.</summary>
public sealed class SignalTableTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeZoneInfo Zone = TimeZoneInfo.CreateCustomTimeZone("east", TimeSpan.FromHours(1), "east", "east");
    private static readonly SignalTable BuiltIn = new(BuiltInSignals.All, Zone);

    /// <summary>Agent, source, text; what it means, and when it ends in seconds from now. Null: nothing.</summary>
    public static TheoryData<string, SignalSource, string, SignalMeaning?, double?> Said => new()
    {
        { "claude", SignalSource.Stream, "rate_limited: The model service answers 429: too many requests.", SignalMeaning.Retry, null },
        { "claude", SignalSource.Stream, "retrying 429: rate_limit", SignalMeaning.Retry, null },
        { "claude", SignalSource.Stream, "retrying 529: overloaded", null, null },
        { "claude", SignalSource.Stream, "result: Claude AI usage limit reached|1772370000", SignalMeaning.Quota, 3600 },
        { "claude", SignalSource.Stream, "result: Claude AI usage limit reached|1772000000", SignalMeaning.Quota, null },
        { "claude", SignalSource.Stream, "result: You've hit your session limit · resets 3pm", SignalMeaning.Quota, null },
        {
            "claude", SignalSource.Stream,
            """line: some text {"type":"rate_limit_event","rate_limit_info":{"status":"rejected","resetsAt":1772366420,"rateLimitType":"five_hour"}}""",
            SignalMeaning.Quota, 20
        },
        {
            "claude", SignalSource.Stream,
            """line: some text {"type":"rate_limit_event","rate_limit_info":{"status":"allowed_warning","resetsAt":1772366420}}""", null, null
        },
        { "claude", SignalSource.Exit, "1 rate_limited: API Error: Request rejected (429)", SignalMeaning.Quota, null },
        { "claude", SignalSource.Exit, "1 error: it says rate_limited: in its text", null, null },
        { "claude", SignalSource.Stderr, "429 rate limit", null, null },
        { "qwen", SignalSource.Stderr, "Retrying in 60s (attempt 1/10): [API Error: 429 slow down]", SignalMeaning.Retry, null },
        { "qwen", SignalSource.Stderr, "listening on port 14290", null, null },
        { "qwen", SignalSource.Stderr, "{\"code\":\"insufficient_quota\"}", SignalMeaning.Quota, null },
        { "qwen", SignalSource.Stream, "result: [API Error: 429 insufficient]", SignalMeaning.Quota, null },
        { "gemini", SignalSource.Stderr, "Attempt 1 failed with status 429. Retrying with backoff...", SignalMeaning.Retry, null },
        { "gemini", SignalSource.Stderr, "You have exhausted your capacity. Your quota will reset after 3h22m10s.", SignalMeaning.Quota, 12_130 },
        { "gemini", SignalSource.Stderr, "You have exhausted your daily quota on this model.", SignalMeaning.Quota, null },
        { "codex", SignalSource.Stream, "error: You've hit your usage limit. Upgrade to Pro or try again in 3 days 4 hours 5 minutes.", SignalMeaning.Quota, 273_900 },
        {
            "codex", SignalSource.Stream,
            "error: You’ve hit your usage limit. Upgrade to Pro (https://chatgpt.com/explore/pro) to purchase more credits or try again at 2:38 PM.", SignalMeaning.Quota, 5_940
        },
        { "codex", SignalSource.Stream, "error: exceeded retry limit, last status: 429 Too Many Requests", SignalMeaning.Quota, null },
        { "opencode", SignalSource.Stderr, "AI_APICallError: Too Many Requests", SignalMeaning.Retry, null },
        { "copilot", SignalSource.Stream, "error: quota_exceeded", SignalMeaning.Quota, null },
        { "command", SignalSource.Stderr, "error: rate limit exceeded; resets in 20 seconds", SignalMeaning.Quota, 20 },
        { "command", SignalSource.Stderr, "QUOTA EXCEEDED", SignalMeaning.Quota, null },
        { "command", SignalSource.Stderr, "error: 429 files were not found", null, null },
        { "container", SignalSource.Stderr, "quota exceeded", null, null },
        { "simulated", SignalSource.Stderr, "attempt 3: rate limit exceeded; resets in 7 seconds", SignalMeaning.Quota, 7 },
    };

    [Theory, MemberData(nameof(Said))]
    public void A_text_means_what_the_built_in_rules_say(string agent, SignalSource source, string text, SignalMeaning? meaning, double? seconds)
    {
        var match = BuiltIn.Match(agent, source, text, Noon);
        Assert.Equal((meaning, seconds), (match?.Meaning, (match?.Seen.ResetsAt - Noon)?.TotalSeconds));
    }

    [Fact]
    public void What_an_adapter_knows_of_the_end_counts_and_makes_a_retry_certain()
    {
        var match = BuiltIn.Match("claude", SignalSource.Stream, "rate_limited: The account's rate limit is reached.", Noon, Noon.AddSeconds(20));
        Assert.Equal((true, "The account's rate limit is reached.", Noon.AddSeconds(20)), (match!.IsAtOnce, match.Seen.Message, match.Seen.ResetsAt));
        Assert.False(BuiltIn.Match("claude", SignalSource.Stream, "rate_limited: slow down", Noon, Noon.AddSeconds(-1))!.IsAtOnce);
    }

    [Fact]
    public void A_rule_to_ignore_counts_before_all_others()
    {
        var table = new SignalTable(
            [.. BuiltInSignals.All, new() { Name = "mine", Agent = "qwen", Source = SignalSource.Stderr, Pattern = "free tier", Meaning = SignalMeaning.Ignore }]);
        Assert.Null(table.Match("qwen", SignalSource.Stderr, "429 on the free tier", Noon));
        Assert.NotNull(table.Match("qwen", SignalSource.Stderr, "429", Noon));
    }

    /// <summary>With a pattern that would take a backtracking engine for ever.</summary>
    [Fact(Timeout = 20_000)]
    public async Task A_hostile_text_takes_no_time()
    {
        var table = new SignalTable([new() { Name = "x", Agent = "*", Source = SignalSource.Stderr, Pattern = "^(a+)+(b|c)*(?<reset>d+)$", Reset = ResetForm.Seconds }]);
        await Task.Run(() => Assert.Null(table.Match("any", SignalSource.Stderr, new string('a', 1_000_000), Noon)), TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("(?=x)y")]
    [InlineData(@"(a)\1")]
    [InlineData("(")]
    public void A_pattern_that_cannot_be_matched_without_backtracking_is_refused(string pattern) => Assert.ThrowsAny<ArgumentException>(
        () => new SignalRule { Name = "x", Agent = "*", Source = SignalSource.Exit, Pattern = pattern }.ToRegex());

    [Fact]
    public void A_message_is_one_line_without_control_characters()
    {
        var match = BuiltIn.Match("qwen", SignalSource.Stderr, "\u001b[31m429\u001b[0m\r\t too   many\u0007" + new string('x', 5000), Noon);
        Assert.StartsWith("429 too many xxx", match!.Seen.Message, StringComparison.Ordinal);
        Assert.InRange(match.Seen.Message.Length, 1, 301);
    }

    [Theory]
    [InlineData("1772370000", ResetForm.Epoch, 3600.0)]
    [InlineData("99999999999999999999", ResetForm.Epoch, null)]
    [InlineData("2026-03-01T13:00:00Z", ResetForm.Time, 3600.0)]
    [InlineData("2026-03-01T14:00:00+01:00", ResetForm.Time, 3600.0)]
    [InlineData("2126-03-01T13:00:00Z", ResetForm.Time, null)]
    [InlineData("2026-03-01T11:00:00Z", ResetForm.Time, null)]
    [InlineData("soon", ResetForm.Time, null)]
    [InlineData("90", ResetForm.Seconds, 90.0)]
    [InlineData("0", ResetForm.Seconds, null)]
    [InlineData("-5", ResetForm.Seconds, null)]
    [InlineData("1e9", ResetForm.Seconds, null)]
    [InlineData("9999999999", ResetForm.Seconds, null)]
    [InlineData("3h22m10s", ResetForm.Duration, 12_130.0)]
    [InlineData("2 hours, 5 minutes", ResetForm.Duration, 7500.0)]
    [InlineData("1 day", ResetForm.Duration, 86_400.0)]
    [InlineData("1500ms", ResetForm.Duration, 1.5)]
    [InlineData("never", ResetForm.Duration, null)]
    [InlineData("2:38 PM", ResetForm.Clock, 5_940.0)]
    [InlineData("1:00 PM.", ResetForm.Clock, 60.0)]
    [InlineData("11:00 AM", ResetForm.Clock, 79_260.0)]
    [InlineData("23:00", ResetForm.Clock, 36_060.0)]
    [InlineData("Mar 2nd, 2026 1:00 PM", ResetForm.Clock, 86_460.0)]
    [InlineData("Mar 2nd, 2025 1:00 PM", ResetForm.Clock, null)]
    [InlineData("later", ResetForm.Clock, null)]
    [InlineData("20", ResetForm.None, null)]
    public void A_reset_is_read_as_it_is_written_and_nonsense_is_none(string text, ResetForm form, double? seconds) =>
        Assert.Equal(seconds, (ResetText.Read(text, form, Noon, Zone) - Noon)?.TotalSeconds);
}
