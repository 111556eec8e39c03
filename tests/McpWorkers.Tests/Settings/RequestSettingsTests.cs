using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Settings;

public sealed class RequestSettingsTests : IDisposable
{
    private readonly SettingsPlace _place = new();

    public void Dispose() => _place.Dispose();

    [Fact]
    public void Rules_are_read()
    {
        _place.Write("user/mcpworkers.yaml", """
            requests:
              expiry_minutes: 5
              autonomy: human_required
              rules:
                - {name: tests, decision: allow, tools: [shell], commands: ["npm *", git status], autonomy: [supervised, autonomous]}
                - {name: keys, decision: deny, paths: ["~/.ssh/**"]}
            """);

        var requests = _place.Load().Settings.Requests;

        Assert.Equal((TimeSpan.FromMinutes(5), AutonomyLevel.HumanRequired), (requests.Expiry, requests.Autonomy));
        Assert.Equal([("tests", true), ("keys", false)], requests.Rules.Select(r => (r.Name, r.Allows)));
        Assert.Equal(["shell", "npm *", "git status"], [.. requests.Rules[0].Tools, .. requests.Rules[0].Commands]);
        Assert.Equal([AutonomyLevel.Supervised, AutonomyLevel.Autonomous], requests.Rules[0].Autonomy);
        Assert.Equal(["~/.ssh/**"], requests.Rules[1].Paths);
        Assert.Empty(requests.Rules[1].Tools.Concat(requests.Rules[1].Commands).Concat(requests.Rules[0].Paths));
        Assert.Empty(requests.Rules[1].Autonomy);
    }

    [Fact]
    public void A_later_file_changes_a_rule_by_its_name()
    {
        _place.Write("shipped/mcpworkers.yaml", "requests: {rules: [{name: a, decision: allow, commands: [make]}, {name: b, decision: deny, tools: [web]}]}");
        _place.Write("user/mcpworkers.yaml", "requests: {rules: [{name: a, decision: deny}]}");

        Assert.Equal(["a False make", "b False "], _place.Load().Settings.Requests.Rules.Select(r => $"{r.Name} {r.Allows} {string.Join(",", r.Commands)}"));
    }

    [Theory]
    [InlineData("{name: a}", "requests.rules.a has no decision. Allowed: allow or deny.")]
    [InlineData("{decision: allow}", "requests.rules[0] has no name.")]
    [InlineData("{name: a, decision: ask}", "requests.rules.a.decision: 'ask' is not allowed. Allowed: allow or deny.")]
    [InlineData("{name: a, decision: deny, command: [rm]}", "requests.rules.a.command is not a known key. Did you mean commands? Known: name, decision, tools, commands, paths, autonomy.")]
    [InlineData("{name: a, decision: deny, autonomy: [free]}", "requests.rules.a.autonomy[0]: 'free' is not allowed. Allowed: autonomous, supervised or human_required.")]
    [InlineData("{name: a, decision: deny, tools: [edit], commands: [rm]}", "requests.rules.a.commands: a list is not allowed. Allowed: commands of a rule whose tools are empty or hold shell.")]
    [InlineData("{name: a, decision: deny, commands: [' ']}", "requests.rules.a.commands: ' ' is not allowed. Allowed: a text that is not blank.")]
    public void What_is_wrong_is_named(string rule, string problem)
    {
        _place.Write("user/mcpworkers.yaml", $"requests: {{rules: [{rule}]}}");

        Assert.StartsWith($"user/mcpworkers.yaml:1: {problem}", _place.Problems()[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("questions: true", "mcpworkers", "questions: true")]
    [InlineData("permission: ask", "McpWorkers", "permission: ask")]
    public void Server_with_the_name_of_the_runs_own_is_named_as_a_problem(string key, string name, string said)
    {
        _place.Write("user/ecosystem.yaml", $$"""
            workers:
              - name: mine
                agent: claude
                {{key}}
                mcp_servers:
                  - {name: {{name}}, command: files}
            """);

        Assert.Equal(
            $"user/ecosystem.yaml:6: workers.mine.mcp_servers.{name}: with {said} its agents get an MCP server of that name, to ask through. Give this one another name.",
            Assert.Single(_place.Problems()));
    }

    [Fact]
    public void Server_of_that_name_is_fine_for_a_type_whose_agents_do_not_ask()
    {
        _place.Write("user/ecosystem.yaml", "workers: [{name: mine, agent: claude, mcp_servers: [{name: mcpworkers, command: files}]}]");

        Assert.Equal("mcpworkers", _place.Load().Settings.WorkerTypes.Single(type => type.Name == "mine").McpServers[0].Name);
    }

    [Fact]
    public void No_variable_holds_rules()
    {
        var problems = _place.Problems(environment: new() { ["MCPWORKERS_REQUESTS_RULES"] = "allow" });

        Assert.Contains("no setting has this name", Assert.Single(problems), StringComparison.Ordinal);
    }
}
