using McpWorkers.Mcp.History;
using Xunit;

namespace McpWorkers.Tests.Mcp.History;

public sealed class MomentTextTests
{
    [Theory]
    [InlineData("90s", 90)]
    [InlineData("1.5h", 5400)]
    [InlineData("0s", 0)]
    [InlineData("2d", 172_800)]
    public void A_span_is_a_number_with_its_unit(string text, double seconds) => Assert.Equal(seconds, MomentText.Span(text)?.TotalSeconds);

    [Theory]
    [InlineData("")]
    [InlineData("h")]
    [InlineData("-1h")]
    [InlineData("1w")]
    [InlineData("99999999999d")]
    public void What_is_none_is_not_taken_for_one(string text) => Assert.Null(MomentText.Span(text));

    [Theory]
    [InlineData("2026-03-01", "2026-03-01T00:00:00Z")]
    [InlineData("2026-03-01T03:00", "2026-03-01T03:00:00Z")]
    [InlineData("2026-03-01T03:00:00+02:00", "2026-03-01T01:00:00Z")]
    [InlineData("soon", null)]
    [InlineData("", null)]
    [InlineData("12", null)]
    public void A_moment_without_a_zone_is_UTC(string text, string? moment) =>
        Assert.Equal(moment, MomentText.Moment(text)?.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", null));
}
