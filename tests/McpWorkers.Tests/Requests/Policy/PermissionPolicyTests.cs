using McpWorkers.Engine.Model;
using McpWorkers.Engine.Requests.Policy;
using Xunit;

namespace McpWorkers.Tests.Requests.Policy;

public sealed class PermissionPolicyTests
{
    [Theory]
    [InlineData(AutonomyLevel.Autonomous, nameof(PolicyDecisionKind.Allow))]
    [InlineData(AutonomyLevel.Supervised, nameof(PolicyDecisionKind.Ask))]
    [InlineData(AutonomyLevel.HumanRequired, nameof(PolicyDecisionKind.Ask))]
    public void Without_rules_the_level_decides(AutonomyLevel level, string expected)
    {
        Assert.Equal(expected, PolicyCase.Run("", "make", level).Kind.ToString());
        Assert.Equal(expected, PolicyCase.Decide("", level, "Write", """{"file_path":"a","content":""}""").Kind.ToString());
        Assert.Equal(expected, PolicyCase.Decide("", level, "WebFetch", """{"url":"https://example.org/","prompt":"p"}""").Kind.ToString());
        Assert.Equal(expected, PolicyCase.Decide("", level, "mcp__x__y", "{}").Kind.ToString());
        Assert.Equal(expected, PolicyCase.Decide("", level, "SomethingNew", """{"a":1}""").Kind.ToString());
    }

    /// <summary>What is made to deceive a reader or a rule.</summary>
    [Theory]
    [InlineData("Bash", "{\"command\":\"ls\\u200b\"}")]
    [InlineData("Bash", "{\"command\":\"ls \\u202ex\"}")]
    [InlineData("Bash", "{\"command\":\"ls \\u2066x\"}")]
    [InlineData("Bash", "{\"command\":\"ls\\u00a0x\"}")]
    [InlineData("Bash", "{\"command\":\"ls\\u3000x\"}")]
    [InlineData("Bash", "{\"command\":\"ls\\u2028x\"}")]
    [InlineData("Bash", "{\"command\":\"ls \\u001b[2Kx\"}")]
    [InlineData("Bash", "{\"command\":\"ls\\rx\"}")]
    [InlineData("Bash", "{\"command\":\"ls\\u0000x\"}")]
    [InlineData("Bash", "{\"command\":\"ls \\u0008\"}")]
    [InlineData("Bash", "{\"command\":\"ls \\u3164\"}")]
    [InlineData("Bash", "{\"command\":\"ls \\udb40\\udc41\"}")]
    [InlineData("Bash", "{\"command\":\"ls \\ue000\"}")]
    [InlineData("Bash", "{\"command\":\"ls \\ud800\"}")]
    [InlineData("Bash", "{\"command\":\"ｌｓ x\"}")]
    [InlineData("Bash", "{\"command\":\"lѕ x\"}")]
    [InlineData("Bash", "{\"command\":\"ls; ѕh x\"}")]
    [InlineData("Bash", "{\"command\":\"ls $(саt x)\"}")]
    [InlineData("Bash", "{\"command\":\"sudo ѕh\"}")]
    [InlineData("Bash", "{\"command\":\"ls –l\"}")]
    [InlineData("Bash", "{\"command\":\"ls -ｌ\"}")]
    [InlineData("Bash", "{\"command\":\"ls /еtc/passwd\"}")]
    [InlineData("Bash", "{\"command\":\"ls ⁄etc\"}")]
    [InlineData("Bash", "{\"command\":\"ls ．．/x\"}")]
    [InlineData("Bash", "{\"command\":\"ls ；rm\"}")]
    [InlineData("Bash", "{\"command\":\"ls ‘x’\"}")]
    [InlineData("Bash", "{\"command\":\"\"}")]
    [InlineData("Bash", "{\"command\":\" \\n\"}")]
    [InlineData("Bash", "{\"command\":7}")]
    [InlineData("Bash", "{\"Command\":\"ls\"}")]
    [InlineData("Bash", "{\"command\":\"ls\",\"command\":\"ls\"}")]
    [InlineData("Bash", "{\"command\":\"ls\",\"соmmand\":\"ls\"}")]
    [InlineData("Bash", "{}")]
    [InlineData("Bash", "\"ls\"")]
    [InlineData("Bash", "")]
    [InlineData("Bash", "{\"command\":\"ls\"")]
    [InlineData("Bаsh", "{\"command\":\"ls\"}")]
    [InlineData("mcp__x\u200b__y", "{}")]
    [InlineData("run_shell_command", "{\"command\":\"ls\",\"directory\":\"сору\"}")]
    public void What_deceives_is_asked_at_every_level_whatever_is_allowed(string tool, string input)
    {
        foreach (var level in Enum.GetValues<AutonomyLevel>())
        {
            var decision = PolicyCase.Decide("allow anything|allow shell|allow ls *", level, tool, input);

            Assert.Equal(PolicyDecisionKind.Ask, decision.Kind);
            Assert.StartsWith("suspicious: ", decision.Rule, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_denial_wins_wherever_it_stands_and_also_over_suspicion()
    {
        Assert.Equal("deny git push", PolicyCase.Run("allow git *|deny git push", "git push", AutonomyLevel.Autonomous).Rule);
        Assert.Equal("deny git push", PolicyCase.Run("deny git push|allow git *|allow anything", "git push", AutonomyLevel.Autonomous).Rule);
        Assert.Equal("deny git push", PolicyCase.Run("deny git push", "git push; ls\u200b").Rule);
        Assert.Equal(PolicyDecisionKind.Allow, PolicyCase.Run("deny git push|allow git *", "git pull").Kind);
    }

    [Fact]
    public void The_decision_names_all_rules_that_it_took()
    {
        var decision = PolicyCase.Run("allow git status|allow echo *|allow make", "git status && echo x; git status");

        Assert.Equal(new PolicyDecision(PolicyDecisionKind.Allow, "allow git status + allow echo *"), decision);
    }

    [Fact]
    public void What_cannot_be_analysed_is_said()
    {
        Assert.Equal("supervised; it cannot be analysed: arithmetic", PolicyCase.Run("allow echo *", "echo $((x))").Rule);
        Assert.Equal("perhaps deny rm *: arithmetic", PolicyCase.Run("deny rm *", "echo $((x))", AutonomyLevel.Autonomous).Rule);
    }

    [Fact]
    public void A_rule_holds_at_its_levels_only()
    {
        var rules = new[] { PolicyCase.Rule("allow make") with { Autonomy = [AutonomyLevel.Supervised] }, PolicyCase.Rule("deny make") with { Autonomy = [AutonomyLevel.HumanRequired] } };
        PolicyDecisionKind At(AutonomyLevel level) =>
            PermissionPolicy.Decide(new() { Rules = rules }, level, new("Bash", """{"command":"make"}""", "/work/repo"), PolicyCase.Facts).Kind;

        Assert.Equal((PolicyDecisionKind.Allow, PolicyDecisionKind.Deny), (At(AutonomyLevel.Supervised), At(AutonomyLevel.HumanRequired)));
        Assert.Equal("autonomous", PolicyCase.Run("", "make", AutonomyLevel.Autonomous).Rule);
    }

    [Theory]
    [InlineData("allow mcp__files__*", "mcp__files__read", true)]
    [InlineData("allow mcp__files__*", "mcp__file__read", false)]
    [InlineData("allow mcp__files__read", "mcp__files__read_all", false)]
    [InlineData("allow mcp__files__read", "mcp__files__READ", false)]
    [InlineData("allow mcp", "mcp__files__read", true)]
    [InlineData("allow mcp", "mcp", false)]
    [InlineData("allow web", "WebFetch", true)]
    [InlineData("allow web", "web_search", true)]
    [InlineData("allow web", "web", false)]
    [InlineData("allow other", "SomethingNew", true)]
    [InlineData("allow shell", "SomethingNew", false)]
    [InlineData("allow shell", "shell", false)]
    [InlineData("allow mcp__files__*: src/**", "mcp__files__read", false)]
    [InlineData("allow make", "mcp__files__read", false)]
    public void Tools_are_named_by_name_or_kind(string rule, string tool, bool allowed) =>
        Assert.Equal(allowed ? PolicyDecisionKind.Allow : PolicyDecisionKind.Ask, PolicyCase.Decide(rule, AutonomyLevel.Supervised, tool, "{}").Kind);

    [Theory]
    [InlineData("deny mcp__files__*", "mcp__FILES__read", "{}", "Deny")]
    [InlineData("deny rm *", "mcp__shell__run", """{"c":"echo; rm x"}""", "Ask")]
    [InlineData("deny rm *", "mcp__shell__run", """{"c":"ls"}""", "Allow")]
    [InlineData("deny rm *", "tool_call", """{"name":"x"}""", "Ask")]
    [InlineData("deny rm *", "PowerShell", """{"command":"ls"}""", "Ask")]
    [InlineData("deny rm *", "Monitor", """{"command":"rm x","description":"d"}""", "Deny")]
    [InlineData("deny rm *", "run_shell_command", """{"command":"rm x","is_background":true}""", "Deny")]
    [InlineData("deny rm *", "Bash", """{"command":"ls","unheard_of":"rm x"}""", "Ask")]
    [InlineData("deny rm *", "Write", """{"file_path":"a","content":"rm x"}""", "Allow")]
    public void Denials_hold_for_every_tool_that_may_do_it(string rule, string tool, string input, string expected) =>
        Assert.Equal(expected, PolicyCase.Decide(rule, AutonomyLevel.Autonomous, tool, input).Kind.ToString());

    [Theory]
    [InlineData("""{"command":"make","directory":"src"}""", true)]
    [InlineData("""{"command":"make > a","directory":"src"}""", true)]
    [InlineData("""{"command":"make > ../a","directory":"src"}""", false)]
    [InlineData("""{"command":"make > a","directory":"out"}""", false)]
    [InlineData("""{"command":"make > a","directory":"/etc"}""", false)]
    [InlineData("""{"command":"make","dangerous":true}""", false)]
    [InlineData("""{"command":"make","dangerous":false,"extra":null}""", true)]
    public void A_command_is_judged_where_it_runs(string input, bool allowed) =>
        Assert.Equal(
            allowed ? PolicyDecisionKind.Allow : PolicyDecisionKind.Ask,
            PolicyCase.Decide("allow make|allow edit: /work/repo/src/**", AutonomyLevel.Supervised, "run_shell_command", input).Kind);

    [Fact]
    public void Where_links_cannot_be_followed_nothing_with_a_path_is_allowed_by_rule()
    {
        var blind = new PathFacts("/home/me", _ => null);
        var settings = new RequestSettings { Rules = [PolicyCase.Rule("allow edit: **")] };
        PolicyDecisionKind Of(string tool, string input) => PermissionPolicy.Decide(settings, AutonomyLevel.Supervised, new(tool, input, "/work/repo"), blind).Kind;

        Assert.Equal(PolicyDecisionKind.Ask, Of("Write", """{"file_path":"a","content":""}"""));
        Assert.Equal(PolicyDecisionKind.Ask, Of("Read", """{"file_path":"a"}"""));
    }
}
