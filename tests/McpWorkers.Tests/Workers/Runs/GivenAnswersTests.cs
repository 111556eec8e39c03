using McpWorkers.Engine.Model;
using McpWorkers.Engine.Workers.Runs;
using Xunit;

namespace McpWorkers.Tests.Workers.Runs;

public sealed class GivenAnswersTests : IDisposable
{
    private readonly string _run = Directory.CreateTempSubdirectory("given-").FullName;

    public void Dispose() => Directory.Delete(_run, recursive: true);

    [Fact]
    public void What_was_noted_was_given_and_nothing_else()
    {
        var request = Request("req_1", RequestKind.Question, "run_1/question/k.1");
        Assert.False(GivenAnswers.Holds(_run, request));
        GivenAnswers.Note(_run, "req_1");
        GivenAnswers.Note(_run, "req_1");
        Assert.True(GivenAnswers.Holds(_run, request));
        Assert.False(GivenAnswers.Holds(_run, request with { RequestId = "req_11" }));
        Assert.False(GivenAnswers.Holds(Path.Combine(_run, "none"), request));
        GivenAnswers.Note(Path.Combine(_run, "none"), "req_1");
    }

    [Theory]
    [InlineData("""{"id":"tool_1","allow":true}""", true)]
    [InlineData("""{"id":"tool_1","allow":false,"message":"It was denied."}""", true)]
    [InlineData("""{"id":"tool_1","allow":false,"message":"No answer has come yet (request req_1)."}""", false)]
    [InlineData("""{"id":"tool_12","allow":true}""", false)]
    [InlineData("", false)]
    public void What_stands_in_its_input_was_given_unless_it_says_that_there_is_no_answer(string line, bool isGiven)
    {
        File.WriteAllText(Path.Combine(_run, "stdin.ndjson"), "{\"prompt\":\"x\"}\n" + line + "\n");
        Assert.Equal(isGiven, GivenAnswers.Holds(_run, Request("req_1", RequestKind.Permission, "run_1/permission/tool_1/0123456789abcdef")));
    }

    private static WorkerRequest Request(string id, RequestKind kind, string key) => new()
    {
        RequestId = id, Kind = kind, Key = key, RunId = "run_1", Text = "?", Digest = "", Created = DateTimeOffset.UnixEpoch, Expires = DateTimeOffset.UnixEpoch,
    };
}
