using System.Text.Json.Nodes;
using McpWorkers.Voice;
using Xunit;

namespace McpWorkers.Tests.Voice;

public sealed class VoiceAnswersTests
{
    private const string Input = """{"command":"make"}""";

    [Theory]
    [InlineData("allowed", null, """{"behavior":"allow","updatedInput":{"command":"make"}}""")]
    [InlineData("denied", "not today", """{"behavior":"deny","message":"not today"}""")]
    [InlineData("expired", "Nobody answered.", """{"behavior":"deny","message":"Nobody answered."}""")]
    public void Permission_is_told_as_claude_takes_it(string state, string? answer, string expected) =>
        Assert.Equal(expected, VoiceAnswers.OfPermission(Request(state, answer), Input));

    [Theory]
    [InlineData("denied")]
    [InlineData("withdrawn")]
    [InlineData("answered")]
    [InlineData("some_new_word")]
    [InlineData("pending")]
    [InlineData(null)]
    public void Whatever_is_no_yes_is_a_no(string? state) =>
        Assert.Equal("deny", (string?)JsonNode.Parse(VoiceAnswers.OfPermission(state is null ? null : Request(state, null), Input))!["behavior"]);

    [Fact]
    public void Pending_says_that_it_will_be_called_again()
    {
        Assert.Equal("No answer has come yet (request req_1). End your turn now; you will be called again with the answer.", VoiceAnswers.OfQuestion(Request("pending", null)));
        Assert.Contains("End your turn now", VoiceAnswers.OfPermission(Request("pending", null), Input), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("answered", "blue", "blue")]
    [InlineData("expired", "Decide yourself.", "Decide yourself.")]
    [InlineData("denied", "busy", "Your question is not answered: busy")]
    public void Question_is_told_in_words(string state, string answer, string expected) => Assert.Equal(expected, VoiceAnswers.OfQuestion(Request(state, answer)));

    [Fact]
    public void Question_that_nobody_heard_says_so() => Assert.Equal(VoiceAnswers.NobodyAsked, VoiceAnswers.OfQuestion(null));

    private static JsonObject Request(string state, string? answer) => new() { ["request_id"] = "req_1", ["state"] = state, ["answer"] = answer };
}
