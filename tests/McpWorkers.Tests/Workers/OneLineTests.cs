using McpWorkers.Engine.Workers.Runs;
using Xunit;

namespace McpWorkers.Tests.Workers;

public sealed class OneLineTests
{
    [Theory]
    [InlineData("Bash\n  {\"command\":\t\"ls\"}", "Bash {\"command\": \"ls\"}")]
    [InlineData("\u001b]0;title\u0007 red", "]0;title red")]
    [InlineData("", "")]
    public void Control_characters_and_line_feeds_do_not_get_through(string text, string line) => Assert.Equal(line, OneLine.Of(text));

    [Fact]
    public void Of_a_growing_text_the_last_line_is_shown() => Assert.Equal("third", OneLine.LastOf("first\nsecond\nthird\n\n"));

    [Fact]
    public void A_line_is_cut_at_its_limit() => Assert.Equal(160, OneLine.Of(new string('x', 5000)).Length);
}
