using System.Text.Json.Nodes;
using McpWorkers.Cli.Execute;
using McpWorkers.Engine.Model;
using Xunit;

namespace McpWorkers.Tests.Cli;

public sealed class ResultTextTests
{
    [Fact]
    public void A_success_shows_its_figures_and_its_text()
    {
        var result = Result(WorkerStatus.Completed, "All good.\n\n", new()
        {
            ["outcome"] = "completed",
            ["usage"] = new JsonObject { ["total_tokens"] = 12345L },
            ["cost_usd"] = 0.01234m,
            ["permission_denials"] = 2,
            ["denied_tools"] = new JsonArray("Bash", "Ed\u001b[2Jit"),
        });

        Assert.Equal(
            "== term_0123456789ab · completed · 3.2 s · 12,345 tokens · $0.0123 · 2 denials (Bash, Ed\\e[2Jit) ==\nAll good.\n\n",
            ResultText.Of(result, simulated: false, colours: false));
    }

    [Fact]
    public void The_simulated_agent_is_never_taken_for_a_model() =>
        Assert.Equal(
            "== term_0123456789ab · completed · 3.2 s ==\n(simulated: this is the simulated agent's text; no AI model was asked)\nhi\n\n",
            ResultText.Of(Result(WorkerStatus.Completed, "hi", []), simulated: true, colours: false));

    [Fact]
    public void A_failure_shows_its_error_and_what_to_do()
    {
        var result = Result(WorkerStatus.Failed, "", new()
        {
            ["outcome"] = "agent_failed",
            ["reason"] = "rate_limited",
            ["rate_limit"] = new JsonObject { ["resets_at"] = "2026-11-21T12:00:00.0000000Z" },
        }) with { Error = "limit\u0007 reached" };

        Assert.Equal(
            "== term_0123456789ab · failed · 3.2 s ==\n(no output)\nerror: limit\\a reached\n"
            + "what to do: wait until 2026-11-21T12:00:00Z, or use another worker type (-t).\n\n",
            ResultText.Of(result, simulated: false, colours: false));
    }

    [Fact]
    public void An_agents_escape_sequences_do_not_reach_the_terminal()
    {
        string text = ResultText.Of(Result(WorkerStatus.Completed, "\u001b]0;x\a\u001b[2J\u009b1m ok", []), simulated: false, colours: false);

        Assert.EndsWith("\n\\e]0;x\\a\\e[2J\\x9b1m ok\n\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("launch_failed", null, "mcpworkers doctor")]
    [InlineData("truncated", null, "/runs/1")]
    [InlineData("wall_clock", null, "-T")]
    [InlineData("silence", null, "bound")]
    [InlineData("no_first_output", null, "bound")]
    [InlineData("output_limit", null, "bounds.output_bytes_max")]
    [InlineData("lost", null, "run it again")]
    [InlineData("agent_failed", "authentication", "mcpworkers doctor")]
    [InlineData("agent_failed", "model_not_found", "--model")]
    [InlineData("agent_failed", "rate_limited", "wait")]
    [InlineData("agent_failed", "service_unavailable", "later")]
    [InlineData("agent_failed", "invalid_request", "change")]
    [InlineData("agent_failed", "refused", "other words")]
    [InlineData("agent_failed", "turn_limit", "limit of turns")]
    [InlineData("agent_failed", "budget", "budget")]
    [InlineData("agent_failed", "startup", "mcpworkers doctor")]
    [InlineData("agent_failed", "killed", "/runs/1")]
    [InlineData("agent_failed", "error", "/runs/1")]
    public void Every_way_to_fail_has_something_to_do(string outcome, string? reason, string part)
    {
        var metadata = new JsonObject { ["outcome"] = outcome, ["reason"] = reason, ["run_directory"] = "/runs/1" };

        Assert.Contains(part, Remedy.For(Result(WorkerStatus.Failed, "", metadata)), StringComparison.Ordinal);
    }

    [Fact]
    public void The_summary_counts_by_state()
    {
        WorkerResult[] results = [Result(WorkerStatus.Failed, "", []), Result(WorkerStatus.Completed, "", []), Result(WorkerStatus.Completed, "", [])];

        Assert.Equal("3 workers: 2 completed, 1 failed.", ResultText.Summary(results));
    }

    private static WorkerResult Result(WorkerStatus status, string output, JsonObject metadata) => new()
    {
        WorkerId = "term_0123456789ab",
        Status = status,
        Output = output,
        Duration = TimeSpan.FromSeconds(3.21),
        Metadata = metadata,
        Timestamp = DateTimeOffset.UnixEpoch,
    };
}
