using System.Diagnostics;
using McpWorkers.Engine.Agents.Reading;
using Xunit;

namespace McpWorkers.Tests.Agents.Reading;

public sealed class LimitResetTests
{
    [Theory]
    [InlineData("Claude AI usage limit reached|1795250000")]
    [InlineData("""{"error":{"type":"usage_limit_reached","resets_at":1795250000}}""")]
    [InlineData("limit, resetsAt: 1795250000123")]
    [InlineData("Your limit resets at 2026-11-21T08:33:20Z.")]
    [InlineData("try again at 2026-11-21T09:33:20+01:00")]
    [InlineData("quota exceeded, retry after 2026-11-21 08:33:20")]
    public void A_time_is_found(string message)
    {
        var limit = LimitReset.Of(message);

        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1795250000), limit.ResetsAt);
        Assert.Null(limit.ResetsIn);
    }

    [Theory]
    [InlineData("Rate limit reached. Please try again in 20s.", 20)]
    [InlineData("Please try again in 1m12.5s. Visit the page", 72.5)]
    [InlineData("You've hit your usage limit. Try again in 3 days 4 hours 5 minutes.", 273_900)]
    [InlineData("Please retry in 20.5s.", 20.5)]
    [InlineData("You have exhausted your capacity. Your quota will reset after 3h20m12s.", 12_012)]
    [InlineData("429: try again in 250ms", 0.25)]
    [InlineData("""{"retryDelay": "41s"}""", 41)]
    [InlineData("retry-after: 20", 20)]
    [InlineData("""{"retry-after":"3600"}""", 3600)]
    [InlineData("limit reached, wait for 2 hours and 1 minute", 7_260)]
    public void A_span_is_found(string message, double seconds)
    {
        var limit = LimitReset.Of(message);

        Assert.Null(limit.ResetsAt);
        Assert.Equal(seconds, limit.ResetsIn?.TotalSeconds ?? -1, 6);
    }

    [Theory]
    [InlineData("")]
    [InlineData("exceeded retry limit, last status: 429 Too Many Requests")]
    [InlineData("Your limit resets at 3pm (Europe/Berlin)")]
    [InlineData("retried 5 times")]
    [InlineData("try again in 0s")]
    [InlineData("try again in 400 days")]
    [InlineData("resets at 2026-99-99T99:99Z")]
    [InlineData("request 1795250000 failed")]
    public void What_is_no_time_is_none(string message)
    {
        var limit = LimitReset.Of(message);

        Assert.Equal((null, null), (limit.ResetsAt, limit.ResetsIn));
    }

    [Theory]
    [InlineData("try again in ", "1 m ")]
    [InlineData("reset", " ")]
    [InlineData("retry-after", "9")]
    [InlineData("resets_at", "1")]
    public void A_hostile_message_takes_no_time(string begin, string again)
    {
        string message = begin + string.Concat(Enumerable.Repeat(again, 500_000 / again.Length));
        var watch = Stopwatch.StartNew();

        var limit = LimitReset.Of(message);

        Assert.InRange(limit.Message.Length, 1, 500);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }
}
