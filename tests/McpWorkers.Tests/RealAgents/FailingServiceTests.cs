using System.Text.Json.Nodes;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.RealAgents;

/// <summary>Every real AI CLI by <c>mcpworkers workers execute</c>, with a model service that refuses, limits or breaks off.</summary>
[Collection(RealAgentsFailing.Name)]
public sealed class FailingServiceTests(AgentCommands commands)
{
    private const int TestLimit = 180_000;

    public static TheoryData<string> Agents => [.. RealAgent.Names];

    [Theory(Timeout = TestLimit), MemberData(nameof(Agents))]
    public async Task A_refused_key_fails_before_its_time(string name)
    {
        var end = await commands.ExecuteAsync(name, RealAgentChecks.AuthenticationPrompt);

        RealAgentChecks.Authentication(Single(end));
        Assert.Equal(1, end.ExitCode);
    }

    /// <summary>Each waits for its time-out alone, so they wait together.</summary>
    [Fact(Timeout = TestLimit)]
    public async Task A_rate_limit_is_no_success()
    {
        var ends = await Task.WhenAll(RealAgent.Names.Select(name =>
            commands.ExecuteAsync(name, RealAgentChecks.RateLimitPrompt, timeoutSeconds: RealAgentChecks.ShortestTimeoutSeconds)));

        Assert.Multiple([.. RealAgent.Names.Zip(ends, (name, end) => (Action)(() =>
        {
            RealAgentChecks.RateLimit(RealAgent.Of(name), Single(end));
            Assert.NotEqual(0, end.ExitCode);
        }))]);
    }

    [Theory(Timeout = TestLimit), MemberData(nameof(Agents))]
    public async Task A_cut_stream_is_no_success(string name)
    {
        var end = await commands.ExecuteAsync(name, RealAgentChecks.CutPrompt, timeoutSeconds: RealAgentChecks.ShortestTimeoutSeconds);

        RealAgentChecks.Cut(RealAgent.Of(name), Single(end));
        Assert.NotEqual(0, end.ExitCode);
    }

    [Fact(Timeout = TestLimit)]
    public async Task Grok_answers_and_its_error_with_exit_code_0_is_a_failure()
    {
        var answered = Single(await commands.ExecuteAsync(RealAgent.Grok.Name, RealAgentChecks.TextPrompt));
        var refused = Single(await commands.ExecuteAsync(RealAgent.Grok.Name, RealAgentChecks.AuthenticationPrompt));

        answered.AssertCompleted();
        Assert.Equal("REPLY to text", answered.Output().Trim());
        Assert.True((refused.Status(), refused["exit_code"]!.GetValue<int>()) == ("failed", 0), refused.Shown());
    }

    private static JsonObject Single(CommandEnd end) => Assert.Single(end.Results);
}
