using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Settings;

/// <summary>The keys <c>quota</c> and <c>signals</c>.</summary>
public sealed class QuotaSettingsTests : IDisposable
{
    private readonly SettingsPlace _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void Without_them_the_built_in_rules_hold()
    {
        var quota = Load("").Quota;
        Assert.Equal(BuiltInSignals.All, quota.Signals);
        Assert.Equal(TimeSpan.FromSeconds(60), quota.Patience);
        Assert.All(quota.Signals, rule => Assert.NotNull(rule.ToRegex()));
        Assert.All(quota.Signals.Where(rule => rule.Reset != ResetForm.None), rule => Assert.Contains("reset", rule.ToRegex().GetGroupNames()));
        Assert.Equal(quota.Signals.Count, quota.Signals.Select(rule => rule.Name).Distinct().Count());
    }

    [Fact]
    public void A_rule_is_added_and_a_built_in_one_changed_by_its_name_alone()
    {
        var quota = Load(
            """
            quota: {patience_seconds: 5}
            signals:
              - {name: mine, agent: qwen, source: stderr, pattern: 'back in (?<reset>[0-9]+)', meaning: retry, reset: seconds}
              - {name: opencode-429, meaning: ignore}
            """).Quota;
        Assert.Equal(TimeSpan.FromSeconds(5), quota.Patience);
        Assert.Equal(
            new SignalRule
            {
                Name = "mine", Agent = "qwen", Source = SignalSource.Stderr, Pattern = "back in (?<reset>[0-9]+)", Meaning = SignalMeaning.Retry, Reset = ResetForm.Seconds,
            },
            quota.Signals[^1]);
        var known = BuiltInSignals.All.Single(rule => rule.Name == "opencode-429");
        Assert.Equal(known with { Meaning = SignalMeaning.Ignore }, quota.Signals.Single(rule => rule.Name == "opencode-429"));
        Assert.Equal(BuiltInSignals.All.Count + 1, quota.Signals.Count);
    }

    [Theory]
    [InlineData("{name: x, agent: qwen, source: stderr}", "signals.x lacks pattern")]
    [InlineData("{name: x, agent: nobody, source: stderr, pattern: y}", "signals.x.agent")]
    [InlineData("{name: x, agent: qwen, source: stderr, pattern: '(?=y)z'}", "signals.x.pattern")]
    [InlineData("{name: x, agent: qwen, source: stderr, pattern: '('}", "signals.x.pattern")]
    [InlineData("{name: x, agent: qwen, source: stderr, pattern: y, reset: epoch}", "no group (?<reset>…)")]
    [InlineData("{name: x, agent: qwen, source: ether, pattern: y}", "stream, stderr or exit")]
    public void What_cannot_be_used_is_refused_by_name(string rule, string said)
    {
        var refused = Assert.Throws<RefusedException>(() => Load($"signals: [{rule}]"));
        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_documentation_lists_the_built_in_rules() => Assert.Contains(
        string.Concat(BuiltInSignals.All.Select(rule => $"| `{rule.Name}` | {(rule.Agent == "*" ? "all" : rule.Agent)} | {rule.Source.ToWire()} | {Code(rule.Pattern)} | {rule.Meaning.ToWire()} |\n")),
        File.ReadAllText(Path.Combine(RepositoryFiles.Root, "docs", "quota.md")),
        StringComparison.Ordinal);

    /// <summary>In a table a bar ends a cell, also within code.</summary>
    private static string Code(string pattern) => $"`{pattern.Replace("|", "\\|", StringComparison.Ordinal)}`";

    private HostSettings Load(string yaml)
    {
        _place.Write("user/mcpworkers.yaml", yaml);
        return _place.Load().Settings;
    }
}
