using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Engine.Tasks.Dispatch;
using McpWorkers.Mcp;
using Xunit;

namespace McpWorkers.Tests.Tasks;

public sealed class AttemptEndsTests
{
    [Fact]
    public void What_a_failed_check_wrote_is_told_to_the_next_attempt()
    {
        var result = new WorkerResult
        {
            WorkerId = "term_1",
            Status = WorkerStatus.Failed,
            Output = "",
            Error = "The check 'make test' failed with exit code 2.",
            Timestamp = DateTimeOffset.UnixEpoch,
            Metadata = JsonNode.Parse(
                """
                {"outcome":"verification_failed","evidence":{"checks":[
                {"command":"true","exit_code":0,"output":"fine"},{"command":"make test","exit_code":2,"output":"3 tests\n\nexpected 4,\nfound 5\n"}]}}
                """)!.AsObject(),
        };

        var end = AttemptEnds.Of(result);

        Assert.Equal((AttemptOutcome.Failed, AttemptCause.VerificationFailed), (end.Outcome, end.Cause));
        Assert.Equal("The check 'make test' failed with exit code 2. 'make test' wrote: 3 tests expected 4, found 5", end.Detail);
    }

    [Theory]
    [InlineData("workspace_unavailable", "launch_failed")]
    [InlineData("not_found", "missing")]
    [InlineData("limit_reached", "host_busy")]
    [InlineData("forbidden", "refused")]
    public void A_refusal_has_its_cause(string code, string cause)
    {
        var refusal = Assert.NotNull(RefusalNames.Parse(code));
        Assert.Equal(cause, AttemptEnds.Of(new RefusedException(refusal, "why")).Cause.ToWire());
    }
}
