using System.CommandLine;
using McpWorkers.Cli;
using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Cli;

public sealed class BudgetOptionsTests
{
    private readonly BudgetOptions _options = new("each run");

    [Fact]
    public void What_is_given_is_read_and_what_is_not_is_not_bounded()
    {
        Assert.Equal(Budget.None, Of());
        Assert.Equal(
            new Budget { Usd = 0.25m, Tokens = 5_000_000_000, Turns = 7, Minutes = TimeSpan.FromSeconds(90) },
            Of("--budget-usd", "0.25", "--budget-tokens", "5000000000", "--budget-turns", "7", "--budget-minutes", "1.5"));
    }

    [Theory]
    [InlineData("--budget-usd", "0")]
    [InlineData("--budget-usd", "-1")]
    [InlineData("--budget-usd", "1,5")]
    [InlineData("--budget-usd", "1e3")]
    [InlineData("--budget-tokens", "1.5")]
    [InlineData("--budget-tokens", "0")]
    [InlineData("--budget-turns", "99999999999")]
    [InlineData("--budget-minutes", "x")]
    public void What_cannot_be_is_refused_and_named(string option, string value)
    {
        var error = Assert.Single(Parse(option, value).Errors);
        Assert.Contains($"{option} {value}: allowed is a ", error.Message, StringComparison.Ordinal);
    }

    private Budget Of(params string[] arguments) => _options.Of(Parse(arguments));

    private ParseResult Parse(params string[] arguments)
    {
        var command = new RootCommand();
        foreach (var option in _options.All)
        {
            command.Add(option);
        }

        return command.Parse(arguments);
    }
}
