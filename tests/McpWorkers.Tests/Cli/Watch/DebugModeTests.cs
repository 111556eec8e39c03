using McpWorkers.Cli.Watch;
using Xunit;

namespace McpWorkers.Tests.Cli.Watch;

public sealed class DebugModeTests
{
    private const int TestLimit = 30_000;

    private static readonly Dictionary<string, string> InTmux = new()
    {
        ["TMUX"] = "/tmp/a,b/sock,123,4", ["TMUX_PANE"] = "%7", ["HOME"] = "/h", ["PATH"] = "/nowhere", ["ANTHROPIC_API_KEY"] = "secret",
    };

    [Theory]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData("0", false)]
    [InlineData("off", false)]
    [InlineData("1", true)]
    [InlineData("yes", true)]
    public void A_variable_asks_for_it(string? value, bool asked) =>
        Assert.Equal(asked, DebugMode.IsAsked(value is null ? [] : new Dictionary<string, string> { ["MCPWORKERS_DEBUG"] = value }));

    [Fact]
    public void Commands_of_one_session_share_a_window_and_others_do_not()
    {
        string name = DebugMode.ClientOf(InTmux);

        Assert.Equal(name, DebugMode.ClientOf(new Dictionary<string, string>(InTmux) { ["TMUX_PANE"] = "%8" }));
        Assert.NotEqual(name, DebugMode.ClientOf(new Dictionary<string, string>(InTmux) { ["TMUX"] = "/tmp/a,b/sock,123,5" }));
        Assert.NotEqual(DebugMode.ClientOf(new Dictionary<string, string>()), DebugMode.ClientOf(new Dictionary<string, string>()));
    }

    [Fact]
    public void The_daemon_hears_of_it_in_debug_mode_alone()
    {
        var variables = new Dictionary<string, string> { ["A"] = "1", ["MCPWORKERS_DEBUG"] = "1" };

        Assert.Equal(new Dictionary<string, string> { ["A"] = "1" }, DebugMode.Named(variables, null));
        Assert.Equal("tmux-1", DebugMode.Named(variables, "tmux-1")["MCPWORKERS_DEBUG"]);
    }

    [Fact]
    public void The_pane_is_told_where_things_are_and_no_secret_and_no_shell_reads_its_words()
    {
        var words = TmuxPane.Of(InTmux)!.SplitWords(["/bin/mcpworkers", "--config", "/odd; $(name);"], "/work", InTmux);

        Assert.Equal(
            ["split-window", "-d", "-P", "-F", "#{pane_id}", "-t", "%7", "-c", "/work", "-e", "HOME=/h", "-e", "PATH=/nowhere", "--", "/bin/mcpworkers", "--config", "/odd; $(name)\\;"],
            words);
        Assert.Null(TmuxPane.Of(new Dictionary<string, string>()));
    }

    [Fact]
    public void ITerm_is_given_a_script_that_quotes_the_words_itself()
    {
        var words = ITermWindow.Words(["/Applications/My Workers", "logs", "it's"]);

        Assert.Equal(["-e", ITermWindow.Script, "/Applications/My Workers", "logs", "it's"], words);
        Assert.Contains("quoted form of", ITermWindow.Script, StringComparison.Ordinal);
        Assert.Contains("tell application \"iTerm2\" to create window with default profile command theCommand", ITermWindow.Script, StringComparison.Ordinal);
        Assert.True(ITermWindow.IsHere(new Dictionary<string, string> { ["TERM_PROGRAM"] = "iTerm.app" }));
    }

    [Fact(Timeout = TestLimit)]
    public async Task Without_a_window_the_lines_come_between_those_of_the_command_each_with_its_worker()
    {
        await using var place = new WorkersPlace(new ScriptedLauncher());

        var (code, output, error) = await place.RunAsync("execute", "--debug", "-n", "2", "-p", "said\u001b[2J");

        Assert.Equal(0, code);
        var labelled = error.Split('\n').Where(line => line.StartsWith("[term_", StringComparison.Ordinal)).ToList();
        var said = labelled.Where(line => line.EndsWith("] said\\e[2J", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, said.Distinct().Count());
        Assert.Equal(2, labelled.Count(line => line.EndsWith(" is over", StringComparison.Ordinal)));
        Assert.DoesNotContain("[term_", output, StringComparison.Ordinal);
        Assert.False(place.Manager.Debug.IsFollowed);
    }

    [Fact(Timeout = TestLimit)]
    public async Task A_command_that_does_not_wait_says_how_to_follow()
    {
        await using var place = new WorkersPlace(new ScriptedLauncher());

        Assert.Equal("mcpworkers: debug: 'mcpworkers workers logs -f ID' follows a worker.\n", (await place.RunAsync("spawn", "--debug")).Error);
        Assert.Equal("", (await place.RunAsync("spawn")).Error);
    }
}
