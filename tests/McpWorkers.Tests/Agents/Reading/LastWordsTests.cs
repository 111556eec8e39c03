using McpWorkers.Engine.Agents.Reading;
using Xunit;

namespace McpWorkers.Tests.Agents.Reading;

public sealed class LastWordsTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("\n \n---\n", "")]
    [InlineData("Error: no\n    at run (x.js:1)\n\n", "Error: no")]
    [InlineData("\u001b[1;31merror:\u001b[0m unexpected argument\n\n  tip: another\n", "error: unexpected argument\n  tip: another")]
    [InlineData("Warning: only this\n", "Warning: only this")]
    public void What_says_something_is_quoted(string stderr, string expected) => Assert.Equal(expected, LastWords.Of(stderr));

    [Fact]
    public void Of_much_the_last_whole_lines_are_quoted_and_of_one_long_line_its_end()
    {
        string line = new('a', 300);

        Assert.Equal(line + "\nend", LastWords.Of($"{line}\n{line}\nend\n"));
        Assert.Equal(500, LastWords.Of(new string('b', 2000)).Length);
    }
}
