using McpWorkers.Engine.Settings;
using Xunit;

namespace McpWorkers.Tests.Settings;

public sealed class ShellWordsTests
{
    [Theory]
    [InlineData("claude --output-format  stream-json\t-p", "claude|--output-format|stream-json|-p")]
    [InlineData("copilot --deny-tool 'shell(rm)'", "copilot|--deny-tool|shell(rm)")]
    [InlineData("""x "a b" 'c "d"' e\ f""", "x|a b|c \"d\"|e f")]
    [InlineData("""x "\"q\" \\ \$HOME \n" '\'""", """x|"q" \ $HOME \n|\""")]
    [InlineData("x '' \"\"", "x||")]
    [InlineData("a'b'\"c\"d", "abcd")]
    [InlineData("x $HOME ~ * `id` $(id) #no", "x|$HOME|~|*|`id`|$(id)|#no")]
    [InlineData("one \\\n two", "one|two")]
    [InlineData("  ", "")]
    public void Words_are_parted_as_a_shell_does_and_nothing_is_expanded(string text, string words)
    {
        Assert.True(ShellWords.TrySplit(text, out var found));
        Assert.Equal(words, string.Join('|', found));
    }

    [Theory]
    [InlineData("x 'open")]
    [InlineData("x \"open")]
    [InlineData("x \\")]
    [InlineData("x \"open\\\"")]
    public void Open_quotes_and_a_backslash_at_the_end_are_refused(string text) => Assert.False(ShellWords.TrySplit(text, out _));
}
