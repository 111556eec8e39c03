using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Model;

public sealed class WorkerResultTests
{
    [Fact]
    public void A_result_survives_its_json()
    {
        var result = new WorkerResult
        {
            WorkerId = "term_0123456789ab",
            Status = WorkerStatus.Timeout,
            Output = "so far\u2028",
            Error = "too long",
            ExitCode = 143,
            Duration = TimeSpan.FromSeconds(1.5),
            Metadata = new() { ["outcome"] = "wall_clock" },
            Timestamp = new DateTimeOffset(2026, 11, 21, 9, 0, 0, TimeSpan.Zero),
        };

        var back = WorkerResult.FromJson(result.ToJson());

        Assert.Equal(result.ToJson().ToJsonString(), back.ToJson().ToJsonString());
        Assert.False(back.IsSuccess);
        Assert.True(back.HasOutput);
    }

    [Fact]
    public void The_seven_states_have_the_names_of_the_wire()
    {
        Assert.Equal(
            ["pending", "starting", "running", "completed", "failed", "timeout", "cancelled"],
            Enum.GetValues<WorkerStatus>().Select(s => s.ToWire()));
        Assert.False(WorkerStatusNames.TryParse("Running", out _));
    }

    [Fact]
    public void Usage_of_a_run_is_the_difference_of_the_sessions_counters()
    {
        var before = new Usage(1230, 200, 0, 50, 7, InputIncludesCached: true);
        var after = new Usage(2460, 400, 0, 100, 14, InputIncludesCached: true);

        Assert.Equal(before, after.Since(before));
        Assert.Equal(1280, before.Total);
        Assert.Equal(before, before.Since(after));
    }
}
