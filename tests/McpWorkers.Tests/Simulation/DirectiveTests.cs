using McpWorkers.Simulation;
using Xunit;
using static McpWorkers.Tests.Simulation.SimulatedRunning;

namespace McpWorkers.Tests.Simulation;

public sealed class DirectiveTests
{
    [Fact]
    public void Directives_are_found_in_order_and_shell_tests_are_left_alone() => Assert.Equal(
        [new("silence", "1.5"), new("text", "a: [b]"), new("unicode", "")],
        Directive.InPrompt("if [[ -f x ]] then [[silence:1.5]] say [[text:a: [b]]] [[unicode]] [[open"));

    [Fact]
    public void A_script_holds_directives_and_raw_lines() => Assert.Equal(
        [new("text", "hi"), new(Directive.Raw, """{"type":"x"}""")],
        Directive.InScript("# faults\r\n\n [[text:hi]] \n{\"type\":\"x\"}\r\n"));

    [Fact(Timeout = 30_000)]
    public async Task A_script_of_raw_lines_is_replayed_as_it_stands()
    {
        string path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, "{\"type\":\"result\",\"n\":1}\nplain\n[[exit:4]]\n");

            var output = await RunAsync("", null, "--script", path);

            Assert.Equal("{\"type\":\"result\",\"n\":1}\nplain\n", output.Text);
            Assert.Equal(4, output.ExitCode);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory(Timeout = 30_000)]
    [InlineData("'--nope' is not known", "--nope")]
    [InlineData("--model needs a value", "--model")]
    [InlineData("'here' is not a UUID", "--resume=here")]
    [InlineData("Allowed: fast, normal", "--pace", "slow")]
    [InlineData("cannot be read", "--script", "/nowhere/at/all")]
    [InlineData("No prompt on standard input")]
    public async Task A_start_that_is_refused_says_why_on_standard_error_alone(string said, params string[] args)
    {
        var output = await RunAsync("", null, args);

        Assert.Equal(1, output.ExitCode);
        Assert.Empty(output.Bytes);
        Assert.Contains(said, output.Stderr, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_directive_stands_in_the_manual_in_the_same_order()
    {
        string manual = File.ReadAllText(Path.Combine(RepositoryFiles.Root, "docs", "simulated-agent.md"));

        Assert.Equal(
            DirectiveCatalog.All.Select(static kind => kind.Form),
            manual.Split('\n').Where(static l => l.StartsWith("| `[[", StringComparison.Ordinal)).Select(static l => l.Split("`[[")[1].Split("]]`")[0]));
    }
}
