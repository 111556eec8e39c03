using McpWorkers.Rendering;
using Xunit;

namespace McpWorkers.Tests.Rendering;

public sealed class TerminalTextTests
{
    [Theory]
    [InlineData("plain\n\ttext – ok 日本語 🙂", "plain\n\ttext – ok 日本語 🙂")]
    [InlineData("\u001b]0;title\a\u001b[2Jgone", "\\e]0;title\\a\\e[2Jgone")]
    [InlineData("\u009b31mred\u009d52;c;aGk=\u009c", "\\x9b31mred\\x9d52;c;aGk=\\x9c")]
    [InlineData("nul\0 back\b del\u007f form\f", "nul\\x00 back\\b del\\x7f form\\x0c")]
    [InlineData("a\r\nb", "a\nb")]
    [InlineData("100%\rdone", "100%\\rdone")]
    [InlineData("abc\u202etxt.exe", "abc\\u202etxt.exe")]
    [InlineData("one\u2028two", "one\\u2028two")]
    public void Control_characters_are_shown_as_text(string said, string shown) => Assert.Equal(shown, TerminalText.Visible(said));

    [Fact]
    public void No_character_below_256_reaches_the_terminal_as_a_control()
    {
        string all = string.Concat(Enumerable.Range(0, 256).Select(c => (char)c));

        Assert.DoesNotContain(TerminalText.Visible(all), c => char.IsControl(c) && c is not ('\n' or '\t'));
    }

    [Theory]
    [InlineData("two\nlines\there", 40, "two lines here")]
    [InlineData("abcdef", 4, "abc…")]
    [InlineData("ab🙂cd", 4, "ab…")]
    public void One_line_is_cut_between_characters(string said, int length, string shown) => Assert.Equal(shown, TerminalText.OneLine(said, length));
}
