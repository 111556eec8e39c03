using McpWorkers.Cli.Watch;
using Xunit;

namespace McpWorkers.Tests.Cli.Watch;

public sealed class TerminalScreenTests
{
    [Fact]
    public void Only_lines_that_changed_are_written_and_the_screen_is_given_back()
    {
        using var output = new StringWriter();
        using (var screen = new TerminalScreen(output))
        {
            screen.Draw(["one", "two", "three"], 20, 4);
            output.GetStringBuilder().Clear();
            screen.Draw(["one", "zwei", "three"], 20, 4);
            Assert.Equal("\u001b[2;1H\u001b[Kzwei", output.ToString());
            screen.Draw(["one", "zwei", "three"], 20, 4);
            Assert.Equal(2, screen.Writes);
            output.GetStringBuilder().Clear();
            screen.Draw(["one", "zwei"], 20, 3);
            Assert.Equal("\u001b[2J\u001b[1;1H\u001b[Kone\u001b[2;1H\u001b[Kzwei", output.ToString());
            output.GetStringBuilder().Clear();
        }

        Assert.Equal("\u001b[?7h\u001b[?25h\u001b[?1049l", output.ToString());
    }
}
