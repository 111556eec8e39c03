using System.Text.Json;
using McpWorkers.Engine.Model;
using McpWorkers.Mcp;
using McpWorkers.Mcp.Tools;
using Xunit;

namespace McpWorkers.Tests.Mcp;

public sealed class BudgetArgumentTests
{
    [Theory]
    [InlineData("{}", null, null, null, null)]
    [InlineData("""{"budget":null}""", null, null, null, null)]
    [InlineData("""{"budget":{}}""", null, null, null, null)]
    [InlineData("""{"budget":{"usd":0.5}}""", 0.5, null, null, null)]
    [InlineData("""{"budget":{"tokens":1000000000000,"turns":3.0,"minutes":0.5}}""", null, 1_000_000_000_000L, 3, 30.0)]
    public void What_is_given_is_read(string json, double? usd, long? tokens, int? turns, double? seconds) => Assert.Equal(
        new Budget
        {
            Usd = (decimal?)usd,
            Tokens = tokens,
            Turns = turns,
            Minutes = seconds is { } time ? TimeSpan.FromSeconds(time) : null,
        },
        Of(json).Budget());

    [Theory]
    [InlineData("""{"budget":1}""", "'budget' is a number (1); it must be an object")]
    [InlineData("""{"budget":{"usd":0}}""", "'usd' is 0; allowed is a number from 0.0001 to 1000000")]
    [InlineData("""{"budget":{"usd":"1"}}""", "'usd' is a string")]
    [InlineData("""{"budget":{"tokens":1.5}}""", "'tokens' is 1.5; allowed is a whole number from 1 to 1000000000000")]
    [InlineData("""{"budget":{"turns":0}}""", "'turns' is 0; allowed is a whole number from 1 to 1000000")]
    [InlineData("""{"budget":{"euro":1}}""", "argument 'euro' is not known; known are usd, tokens, turns, minutes")]
    public void What_cannot_be_is_refused_and_named(string json, string what) =>
        Assert.Contains(what, Assert.Throws<RefusedException>(() => Of(json).Budget()).Message, StringComparison.Ordinal);

    private static ToolArguments Of(string json) =>
        new("worker_execute", JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(json), ["budget"]);
}
