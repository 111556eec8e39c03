using McpWorkers.Engine.Agents;
using Xunit;

namespace McpWorkers.Tests.Agents;

public sealed class CommandWordsTests
{
    private static readonly IReadOnlyList<AgentFlag> Own =
    [
        AgentFlag.Word("exec"),
        new("--json"),
        new("--model", "small") { OverriddenBy = ["-m"] },
        new("--mode", "careful") { OverriddenBy = ["--reckless"] },
        new("--allow", "a") { IsList = true },
        AgentFlag.Word("-"),
    ];

    [Theory]
    [InlineData("", "exec --json --model small --mode careful --allow a -")]
    [InlineData("/bin/agent", "exec --json --model small --mode careful --allow a -")]
    [InlineData("agent exec --json", "exec --json --model small --mode careful --allow a -")]
    [InlineData("agent --model big", "exec --json --model big --mode careful --allow a -")]
    [InlineData("agent --model=big", "exec --json --model=big --mode careful --allow a -")]
    [InlineData("agent -m big", "exec --json -m big --mode careful --allow a -")]
    [InlineData("agent --reckless", "exec --json --model small --reckless --allow a -")]
    [InlineData("agent --allow b c", "exec --allow b c --json --model small --mode careful --allow a -")]
    [InlineData("agent --depth -1 -x", "exec --depth -1 -x --json --model small --mode careful --allow a -")]
    [InlineData("agent -c a=1 -c b=2", "exec -c a=1 -c b=2 --json --model small --mode careful --allow a -")]
    [InlineData("agent --fast -- --model tail", "exec --fast --json --model small --mode careful --allow a - -- --model tail")]
    public void A_types_words_add_to_or_override_the_adapters_flags(string command, string expected) =>
        Assert.Equal(
            expected,
            string.Join(' ', CommandWords.Merge(Own, command.Split(' ', StringSplitOptions.RemoveEmptyEntries))));

    [Theory]
    [InlineData("agent -m big", "big")]
    [InlineData("agent --model=big", "big")]
    [InlineData("agent --model small --model big", "big")]
    [InlineData("agent --models big", null)]
    [InlineData("agent -- --model big", null)]
    public void A_flags_value_in_a_command_is_found(string command, string? expected) =>
        Assert.Equal(expected, CommandWords.ValueOf(command.Split(' '), "--model", "-m"));

    [Fact]
    public void A_flag_without_value_in_a_command_is_found() =>
        Assert.True(CommandWords.Has(["agent", "--reckless"], "--reckless"));
}
