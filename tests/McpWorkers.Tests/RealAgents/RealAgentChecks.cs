using System.Text.Json.Nodes;
using McpWorkers.Tests.Product;
using Xunit;

namespace McpWorkers.Tests.RealAgents;

/// <summary>A prompt for a real agent, and what its result must be through whatever door it was asked.</summary>
internal static class RealAgentChecks
{
    public const string TextPrompt = "[[text]] hello";
    public const string ToolPrompt = "[[bash:echo hi]] go";
    public const string AuthenticationPrompt = "[[http:401]] go";
    public const string RateLimitPrompt = "[[http:429]] go";
    public const string CutPrompt = "[[cut]] go";

    /// <summary>The shortest time-out there is, for what an agent would retry for minutes.</summary>
    public const int ShortestTimeoutSeconds = 30;

    /// <summary>Some ask once more, with a key that they read anew.</summary>
    private const int RefusedRetriesMax = 2;

    public static void Text(RealAgent agent, JsonObject result)
    {
        result.AssertCompleted();
        Assert.Equal("REPLY to text", result.Output().Trim());
        Assert.False(string.IsNullOrEmpty(result.SessionId()), result.Shown());
        Assert.InRange(result.OutputTokens(), 1, agent.OutputTokensMax);
    }

    public static void Tool(JsonObject result)
    {
        result.AssertCompleted();
        Assert.Contains("DONE. tool said:", result.Output());
        Assert.Contains("hi", result.Output());
        Assert.True(result.Count("tool_calls") >= 1, result.Shown());
    }

    public static void Echo(JsonObject result)
    {
        result.AssertCompleted();
        Assert.True(result.Output().Contains("ECHO:ping-from-model", StringComparison.Ordinal), result.Shown());
        Assert.True(result.Count("tool_calls") >= 1, result.Shown());
    }

    /// <summary>Whoever tries again for minutes ends by its time-out, which is another status.</summary>
    public static void Authentication(JsonObject result)
    {
        Assert.True(result.Count("retries") <= RefusedRetriesMax, result.Shown());
        Assert.True((result.Status(), result.Reason()) == ("failed", "authentication"), result.Shown());
        Assert.False(string.IsNullOrEmpty(result["error"]?.GetValue<string>()));
        result.AssertNothingLeft();
    }

    public static void RateLimit(RealAgent agent, JsonObject result)
    {
        Assert.True(result.Status() is "timeout" || (result.Status(), result.Reason()) == ("failed", "rate_limited"), result.Shown());
        if (agent.SaysRateLimit)
        {
            Assert.True(result.Reason() == "rate_limited" || result.Metadata()["rate_limit"] is not null || result.Count("retries") > 0, result.Shown());
        }

        result.AssertNothingLeft();
    }

    public static void Cut(RealAgent agent, JsonObject result)
    {
        Assert.True(result.Status() == "failed" || (result.Status() == "timeout" && !agent.FailsOnCut), result.Shown());
        Assert.False(string.IsNullOrEmpty(result["error"]?.GetValue<string>()), result.Shown());
        result.AssertNothingLeft();
    }

    public static void Cancelled(JsonObject result)
    {
        Assert.True((result.Status(), result.Outcome()) == ("cancelled", "cancelled"), result.Shown());
        result.AssertNothingLeft();
    }
}
