using System.Text.Json.Nodes;
using McpWorkers.Engine.Model;
using McpWorkers.Rendering;
using Xunit;

namespace McpWorkers.Tests.Rendering;

public sealed class ResultJsonTests
{
    [Fact]
    public void A_result_has_exactly_the_eight_fields()
    {
        var result = new WorkerResult
        {
            WorkerId = "term_0123456789ab",
            Status = WorkerStatus.Failed,
            Output = "“até” <b>\u001b",
            Error = "no",
            ExitCode = 1,
            Duration = TimeSpan.FromMilliseconds(1234.56),
            Metadata = new JsonObject { ["outcome"] = "agent_failed" },
            Timestamp = DateTimeOffset.UnixEpoch,
        };

        Assert.Equal(
            """[{"worker_id":"term_0123456789ab","status":"failed","output":"“até” <b>\u001B","error":"no","exit_code":1,"duration_seconds":1.235,"has_output":true,"metadata":{"outcome":"agent_failed"}}]""",
            ResultJson.Of([result]).ToJsonString(ResultJson.Relaxed));
    }
}
